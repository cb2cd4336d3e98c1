import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { PrismaClient } from '../../prisma-client/client.ts'

/** What Prisma's engine calls; it keeps the compiler from its first statement on. */
type Compiler = { compile(request: string): unknown; compileBatch(request: string): unknown; free(): void }
type CompilerClass = new (options: object) => Compiler
/** Glue around the WebAssembly of the compiler. */
type Runtime = { QueryCompiler: CompilerClass; [setWasm]: (exports: object) => void }
const setWasm = '__wbg_set_wasm'
const start = '__wbindgen_start'

/** The part of WebAssembly that is used here: the types of Node.js leave it to those of browsers. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: Record<string, object>) => { exports: { [start]: () => void } }
}

/** Where Prisma's client keeps how its compiler is loaded: a field of its own, which its types do not show. */
type WithEngineConfig = {
  _engineConfig: {
    compilerWasm: {
      getRuntime: () => Promise<object>
      getQueryCompilerWasmModule: () => Promise<object>
      importName: string
    }
  }
}

/**
 * Lets a client load its query compiler with the first query that has to be compiled, and not with its first statement: 13 MB
 * and 50 ms that SQL does not need. The three calls of Tracker, and what a server does by itself, use SQL only.
 */
export function compileWhenNeeded(client: PrismaClient): PrismaClient {
  const { _engineConfig: config } = client as unknown as WithEngineConfig
  const { importName } = config.compilerWasm
  config.compilerWasm = {
    importName,
    getRuntime: async () => ({ QueryCompiler: lazyCompiler(importName), [setWasm]: () => {} }),
    getQueryCompilerWasmModule: async () => new WebAssembly.Module(emptyModule),
  }
  return client
}

/**
 * Prisma instantiates a module and calls its start function. This one has a type of a function without parameters and results, one
 * function of that type, which is exported, and its body, which is empty.
 */
const emptyModule = Buffer.concat([
  Buffer.from('0061736d010000000104016000000302010007140110', 'hex'),
  Buffer.from(start),
  Buffer.from('00000a040102000b', 'hex'),
])

function lazyCompiler(importName: string): CompilerClass {
  return class implements Compiler {
    readonly options: object
    made: Compiler | undefined
    constructor(options: object) {
      this.options = options
    }
    get compiler(): Compiler {
      this.made ??= new (loadCompiler(importName))(this.options)
      return this.made
    }
    compile(request: string) {
      return this.compiler.compile(request)
    }
    compileBatch(request: string) {
      return this.compiler.compileBatch(request)
    }
    free() {
      this.made?.free()
      this.made = undefined
    }
  }
}

let loaded: CompilerClass | undefined

/** Synchronously, because Prisma compiles synchronously. As a text, of which nothing is left: Node would keep a module of 2.3 MB. */
function loadCompiler(importName: string): CompilerClass {
  if (loaded !== undefined) return loaded
  const require = createRequire(import.meta.url)
  const runtime: Runtime = require('@prisma/client/runtime/query_compiler_small_bg.postgresql.mjs')
  const file = require.resolve('@prisma/client/runtime/query_compiler_small_bg.postgresql.wasm-base64.mjs')
  const [, base64 = ''] = /"([^"]*)"/.exec(readFileSync(file, 'latin1')) ?? []
  const module = new WebAssembly.Module(Buffer.from(base64, 'base64'))
  const { exports } = new WebAssembly.Instance(module, { [importName]: runtime })
  runtime[setWasm](exports)
  exports[start]()
  loaded = runtime.QueryCompiler
  return loaded
}
