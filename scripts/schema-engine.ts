import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'

// Prisma's schema engine as WebAssembly: `prisma migrate` wants a native one that it downloads at run time. It writes
// migrations and checks them against the schema; the server applies them without it.
// TypeScript knows WebAssembly with the types of a browser only.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> }
}

const wasmPath = createRequire(import.meta.url)
  .resolve('@prisma/schema-engine-wasm')
  .replace('schema_engine.js', 'schema_engine_bg.wasm')
// The engine sets a timer of 10 s for its lock and never clears it: the timer must not keep the process alive.
const timers = Object.keys(bindings)
  .filter(name => name.startsWith('__wbg_setTimeout'))
  .map(name => [name, (work: () => void, milliseconds: number) => setTimeout(work, milliseconds).unref()])
const wasm = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasmPath)), {
  './schema_engine_bg.js': { ...bindings, ...Object.fromEntries(timers) },
})
const { __wbg_set_wasm: setWasm } = bindings
setWasm(wasm.exports)
const { __wbindgen_start: begin } = wasm.exports as { __wbindgen_start: () => void }
begin()

/** Opens Prisma's schema engine on a database. `free()` it afterwards. */
export async function openSchemaEngine(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  datamodel?: string,
): Promise<bindings.SchemaEngine> {
  return await bindings.SchemaEngine.new(
    { datamodels: datamodel === undefined ? undefined : [['schema.prisma', datamodel]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(adapter),
  )
}
