// Makes the Prisma client in src/storage/prisma-client. npm runs it after every install (`prepare`).
// Plain JavaScript, because nothing else may be installed yet. A production install has neither the Prisma CLI nor the
// TypeScript sources: then there is nothing to make.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const prismaIsInstalled = existsSync(new URL('../node_modules/prisma/package.json', import.meta.url))
if (prismaIsInstalled) {
  const { status } = spawnSync(process.execPath, [require.resolve('prisma/build/index.js'), 'generate'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: new URL('..', import.meta.url),
    // `generate` wants a native schema engine, but does not use it: any existing executable spares the download.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' },
  })
  process.exitCode = status ?? 1
}
