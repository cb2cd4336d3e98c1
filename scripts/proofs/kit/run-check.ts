import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { PlainReport } from '../../../src/checks/kit/report/plain-report.ts'
import { program } from '../../../test/support/start-program.ts'
import { token } from './correct-server.ts'

type Surroundings = { cwd?: string; state: string; env?: Record<string, string>; nodeOptions?: readonly string[] }

/** Starts the program with the token of the played applications, and with a folder for the links that it makes. */
export function startCheck(
  words: readonly string[],
  { cwd, state, env, nodeOptions = [] }: Surroundings,
): ChildProcess {
  return spawn(process.execPath, [...nodeOptions, program, ...words], {
    ...(cwd && { cwd }),
    env: { ...process.env, CHECK_TOKEN: token, XDG_STATE_HOME: state, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** What a started program printed, once it has ended: a report, if it is JSON. */
export async function ended(child: ChildProcess): Promise<{ code: number | null; report: PlainReport | undefined }> {
  if (!child.stdout) throw new Error('its output is not a pipe')
  const [printed] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { code: child.exitCode, report: printed.startsWith('{') ? (JSON.parse(printed) as PlainReport) : undefined }
}

export const runCheck = (words: readonly string[], surroundings: Surroundings) => ended(startCheck(words, surroundings))
