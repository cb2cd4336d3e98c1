import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { collectOutput, ended, hasEnded, startProgram, untilAnswered } from '../test/support/start-program.ts'

export type Program = {
  child: ChildProcess
  /** What it has printed so far. */
  output: () => string
}

/** The checkout that is checked. */
export const checkout = join(import.meta.dirname, '..')
/** Holds Node 24, and nothing else of the checkout's packages. */
const nodeFolder = join(checkout, 'node_modules/node/bin')

/** Where this machine's own programs are. */
export const machinePath = (process.env.PATH ?? '')
  .split(':')
  .filter(folder => !folder.includes('node_modules'))
  .join(':')

/** The environment of this machine, without what npm and tap add for their own children, with Node 24 in front. */
export function plainEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS|TAP|_TAPJS|INIT_CWD|NODE$)/.test(name),
  )
  return { ...Object.fromEntries(own), PATH: `${nodeFolder}:${machinePath}`, ...more }
}

/** Runs a command to its end. Throws with all that it printed if it fails. */
export async function run(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<string> {
  const program = startPlainly(command, args, options)
  const code = await ended(program.child)
  if (code === 0) return program.output()
  throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${program.output()}`)
}

/** Starts a command that keeps running; the end of the test ends it, by the given signal. */
export function start(
  t: Test,
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
  signal: NodeJS.Signals = 'SIGTERM',
): Program {
  const program = startPlainly(command, args, options)
  const { child } = program
  t.teardown(async () => {
    // To the group, because npm and npx pass no signal on.
    if (!hasEnded(child) && child.pid !== undefined) process.kill(-child.pid, signal)
    await ended(child)
  })
  return program
}

/** Asks again and again until there is an answer; throws after 30 s, or when the program ends. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, program: Program): Promise<T> {
  return await untilAnswered(program.child, ask, { what, output: program.output, every: 50 })
}

/** The text of a 200 answer; undefined for any other answer, or none. */
export async function textAt(address: string): Promise<string | undefined> {
  const answer = await fetch(address)
  return answer.ok ? await answer.text() : undefined
}

/** What a folder takes on the disk; a file with several names counts once. */
export async function megabytes(folder: string): Promise<number> {
  return Number.parseInt(await run('du', ['-sm', folder]), 10)
}

/** A new folder that is removed after the test. */
export function scratchFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tracker-links-ci-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function startPlainly(command: string, args: readonly string[], options: SpawnOptions): Program {
  // tap puts a loader of its own into every Node below it, through NODE_OPTIONS and whatever `env` says. The program `env`
  // takes it out and becomes the command, so signals reach the command.
  const child = startProgram('env', ['-u', 'NODE_OPTIONS', command, ...args], {
    env: plainEnvironment(),
    ...options,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { child, output: collectOutput(child) }
}
