// Uses only Node's own modules: nothing else may be installed yet.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
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

function generatePrismaClient(): void {
  const script = join(folder, '../scripts/generate-prisma-client.js')
  execFileSync(process.execPath, [script, 'bench/peers/express-prisma.prisma'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
