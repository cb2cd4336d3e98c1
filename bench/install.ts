// Uses only Node's own modules: nothing else may be installed yet.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const folder = import.meta.dirname

/** Installs what the bench needs beside the server (package.json here), and makes its Prisma client, if they are missing. */
export function installWhatIsMissing(): void {
  if (!existsSync(join(folder, 'node_modules/@platformatic/db/package.json'))) {
    console.log('Installing the programs to compare with (npm ci in bench/) …')
    execFileSync('npm', ['ci', '--no-audit'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  if (!existsSync(join(folder, '.generated/prisma-client/client.ts'))) generatePrismaClient()
}

/** See scripts/generate-prisma-client.js: `generate` wants a native schema engine, but does not use it. */
function generatePrismaClient(): void {
  const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js')
  execFileSync(process.execPath, [prisma, 'generate', '--schema', 'peers/express-prisma.prisma'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' },
  })
}
