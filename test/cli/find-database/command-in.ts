import { execFile } from 'node:child_process'
import { mkdtempSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { run as runCommand } from '../../../src/cli/main.ts'
import { scratchPlace } from '../../support/scratch-place.ts'
import { asUsersStartIt, freePort } from '../../support/start-program.ts'
import type { Outcome } from '../command-line.ts'

export type CommandIn = (
  directory: string,
  words: readonly string[],
  env?: Record<string, string>,
) => Promise<Outcome & { database: string | undefined }>

/**
 * Runs the program itself in a folder, with no variable but the given ones and an admin port on which nobody listens. `database`
 * is what it names as its database on standard error.
 */
export async function commandIn(): Promise<CommandIn> {
  const machine = { PATH: process.env.PATH ?? '', ADMIN_PORT: String(await freePort()) }
  return (directory, words, env = {}) =>
    new Promise(resolve => {
      const options = { cwd: directory, env: { ...machine, ...env } }
      execFile(process.execPath, [...asUsersStartIt, ...words], options, (error, out, told) => {
        const code = typeof error?.code === 'number' ? error.code : error ? 1 : 0
        resolve({ code, out, told, database: /^database: (.*)$/m.exec(told)?.[1] })
      })
    })
}

/** Runs a command in this process, which takes a tenth of the time. Its environment holds nothing but what is given. */
export async function commandHere(
  directory: string,
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const [stdin, stdout, stderr] = [new PassThrough().end(), new PassThrough(), new PassThrough()]
  const printed = Promise.all([text(stdout), text(stderr)])
  // Port 0: no server is asked.
  const settings = { ADMIN_PORT: '0', ...env }
  const code = await runCommand(words, { env: settings, directory, stdin, stdout, stderr, isTerminal: false })
  stdout.end()
  stderr.end()
  const [out, told] = await printed
  return { code, out, told }
}

/** Two folders of a test's own, with files in them, where a database may be made. */
export function twoFolders(t: Test, files: { here?: Record<string, string>; there?: Record<string, string> } = {}) {
  t.testdirName = mkdtempSync(join(realpathSync(scratchPlace), 'tracker-links-two-'))
  const folder = t.testdir({ here: files.here ?? {}, there: files.there ?? {} })
  return { here: `${folder}/here`, there: `${folder}/there` }
}

/** A configuration with one application, `crm`. */
export const crmConfig = `
publicUrl: https://links.example.com
applications:
  - id: crm
    name: CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    defaultIconUrl: https://crm.example.com/icon.svg
    responsible: crm@example.com
    authorization: { kind: token, tokens: ["\${CRM_TOKEN}"] }
`
