import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import {
  asUsersStartIt,
  isWell,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../../../test/support/start-program.ts'

const start = (folder: string, words: readonly string[]) =>
  startProgram(process.execPath, [...asUsersStartIt, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })

/** `kill -9`, and the end of the process. */
export async function kill(child: ChildProcess): Promise<void> {
  await stopProgram(child, 'SIGKILL')
}

/** Starts the sandbox on its data file, and waits until it answers. */
export async function startSandbox(folder: string, port: number): Promise<ChildProcess> {
  const argv = ['sandbox', '--data', 'sandbox.json', '--port', String(port), '--link-server', 'http://127.0.0.1:1']
  const child = start(folder, argv)
  child.stdout?.resume()
  await untilAnswered(child, () => isWell(`http://127.0.0.1:${port}/sandbox/settings`), { what: 'the sandbox' })
  return child
}

/** Starts the import; `ended` is its exit code (null after a kill) and what it printed. */
export function startImport(folder: string, file: string) {
  const child = start(folder, ['tracker', 'import-links', file, '--json'])
  const printed = text(child.stdout as Readable)
  const ended = once(child, 'exit').then(async ([code]) => ({ code: code as number | null, out: await printed }))
  return { child, ended }
}
