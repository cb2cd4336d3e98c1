#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node --v8-pool-size=1 --max-semi-space-size=8 --heap-growing-percent=50 --
// The command with the name of the package, for `npx tracker-link-server`: alone it starts the server, with words after it
// it is tracker-links.
if (process.argv.length === 2) process.argv.push('serve')
await import('./tracker-links.js')
