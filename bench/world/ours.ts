import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { program } from '../../test/support/start-program.ts'
import { applicationId, card } from '../load/data.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Writes the configuration with which the server is measured: one application, a token, no other setting. */
export async function writeConfig(folder: string, token: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'tracker-links.yaml')
  const text = `publicUrl: https://links.example.com
applications:
  - id: ${applicationId}
    name: Bench
    frontUrl: https://crm.example.com/deals/{{remoteKey}}
    defaultIconUrl: https://crm.example.com/icon.svg
    responsible: crm-team@example.com
    authorization:
      kind: token
      tokens: [${token}]
`
  await writeFile(file, text, { mode: 0o600 })
  return file
}

/** Runs `tracker-links …` to its end and returns what it prints; throws with its output if it fails. */
export async function runCommand(words: readonly string[], env: Record<string, string>): Promise<string> {
  const run = promisify(execFile)
  const options = { env: { ...process.env, NODE_ENV: 'production', ...env } }
  return (await run(process.execPath, [program, ...words], options)).stdout
}

/** Imports objects 0 to `count` - 1 through the program's own command, as a user would. Returns the seconds that it took. */
export async function importObjects(file: string, count: number, env: Record<string, string>): Promise<number> {
  await writeObjects(file, count)
  const started = performance.now()
  await runCommand(['objects', 'import', file], env)
  return (performance.now() - started) / 1_000
}

async function writeObjects(file: string, count: number): Promise<void> {
  const stream = createWriteStream(file)
  const batch = 10_000
  for (let from = 0; from < count; from += batch) {
    const length = Math.min(batch, count - from)
    const lines = Array.from({ length }, (_, index) => `${JSON.stringify(card(from + index))}\n`)
    if (!stream.write(lines.join(''))) await new Promise<void>(resolve => stream.once('drain', () => resolve()))
  }
  await new Promise<void>((resolve, reject) => {
    stream.once('error', reject)
    stream.end(() => resolve())
  })
}
