import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

export type Program = {
  child: ChildProcess
  /** What it has printed so far. */
  output: () => string
}

/** The checkout that is checked. */
export const checkout = join(import.meta.dirname, '..')
/** Puts Node 24 before any other, and nothing else of the checkout's packages. */
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

/** Runs a command to its end. Throws with all that it printed where it fails. */
export async function run(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<string> {
  const program = startProgram(command, args, options)
  const code = await ended(program)
  if (code === 0) return program.output()
  throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${program.output()}`)
}

/** Starts a command that goes on; it is ended with the test, by the given signal. */
export function start(
  t: Test,
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
  signal: NodeJS.Signals = 'SIGTERM',
): Program {
  const program = startProgram(command, args, options)
  t.teardown(async () => {
    // To the group: npm and npx hand no signal on.
    if (!hasEnded(program) && program.child.pid !== undefined) process.kill(-program.child.pid, signal)
    await ended(program)
  })
  return program
}

/** The exit code of a program, once it has ended; null where a signal ended it. */
export async function ended(program: Program): Promise<number | null> {
  if (!hasEnded(program)) await once(program.child, 'close')
  return program.child.exitCode
}

const hasEnded = ({ child }: Program) => child.exitCode !== null || child.signalCode !== null

/** Asks again and again until there is an answer that is not undefined; throws after 30 s, or when the program ends. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, program: Program): Promise<T> {
  const deadline = performance.now() + 30_000
  while (performance.now() < deadline) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined) return answer
    if (hasEnded(program)) break
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`${what}: not within 30 s, or the program ended (${program.child.exitCode}):\n${program.output()}`)
}

/** The text of a 200 answer; undefined for any other answer, or none. */
export async function textAt(address: string): Promise<string | undefined> {
  const answer = await fetch(address)
  return answer.ok ? await answer.text() : undefined
}

/** A new folder that is removed after the test. */
export function scratchFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tracker-links-ci-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A TCP port of the loopback interface that nothing listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

function startProgram(command: string, args: readonly string[], options: SpawnOptions): Program {
  // tap puts a loader of its own into every Node below it, through NODE_OPTIONS and whatever `env` says; `env` becomes
  // the command, so signals reach it.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', command, ...args], {
    env: plainEnvironment(),
    ...options,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', bytes => {
      printed += bytes
    })
  return { child, output: () => printed }
}
