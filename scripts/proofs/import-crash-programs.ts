import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { asUsersStartIt, isWell } from './program.ts'

const started = new Set<ChildProcess>()
// Nothing is left behind where the test itself fails.
process.once('exit', () => {
  for (const child of started) child.kill('SIGKILL')
})

function start(folder: string, argv: readonly string[]) {
  const child = spawn(process.execPath, [...asUsersStartIt, ...argv], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.add(child)
  child.once('exit', () => started.delete(child))
  return child
}

/** `kill -9`, and the end of the process. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

/** Starts the sandbox on its data file, and waits until it answers. */
export async function startSandbox(folder: string, port: number): Promise<ChildProcess> {
  const argv = ['sandbox', '--data', 'sandbox.json', '--port', String(port), '--link-server', 'http://127.0.0.1:1']
  const child = start(folder, argv)
  child.stdout?.resume()
  while (!(await isWell(`http://127.0.0.1:${port}/sandbox/settings`))) {
    if (child.exitCode !== null) throw new Error(`the sandbox did not start (exit code ${child.exitCode})`)
    await sleep(20)
  }
  return child
}

/** Starts the import; `ended` is its exit code (null after a kill) and what it printed. */
export function startImport(folder: string, file: string) {
  const child = start(folder, ['tracker', 'import-links', file, '--json'])
  const printed = text(child.stdout)
  const ended = once(child, 'exit').then(async ([code]) => ({ code: code as number | null, out: await printed }))
  return { child, ended }
}
