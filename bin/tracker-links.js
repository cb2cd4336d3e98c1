#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node --v8-pool-size=1 --max-semi-space-size=8 --heap-growing-percent=50 --
// Starts the program: TypeScript sources as they are in a checkout, compiled JavaScript in the published package.
// Cards live long or not at all: with half of the space that Node sets aside for young objects a busy server holds 100 MB
// less and is as fast, and while the processors are full, its calls wait for less time beside one thread of V8's
// than beside four (docs/decisions/hot-path.md). One arena for malloc instead of one for each thread saves 4 to 14 MB more.
// After `--` Node takes no option for its own: of --env-file it would look for the file, wherever the option stands.
// This file keeps to old syntax, so that an old Node says one clear line instead of a syntax error.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

// SIGUSR1 opens Node's debugger, which lets anybody on this machine run code in here and read every token: not in this
// program. A listener, because an old Node refuses --disable-sigusr1 before it can say the line below.
process.on('SIGUSR1', () => {})

const needed = 24
if (Number(process.versions.node.split('.')[0]) < needed) {
  console.error(
    'tracker-links needs Node ' +
      needed +
      ' or newer; this is ' +
      process.version +
      '. In a checkout, `npm ci` brings it: start with `npm start` or `./tracker-links`.',
  )
  process.exit(1)
}
const source = new URL('../src/cli/main.ts', import.meta.url)
const inCheckout = existsSync(source)
// The sources as Node has compiled them, kept for the next start: it takes half the time then.
if (inCheckout)
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/tracker-links', import.meta.url)))
await import(inCheckout ? source.href : new URL('../dist/cli/main.js', import.meta.url).href)
