import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { freePort, startProgram, stopProgram, untilAnswered } from '../../test/support/start-program.ts'
import type { Target } from '../load/job.ts'
import { processorTime } from './processor-time.ts'
import type { Program } from './programs.ts'

/** A running program, and how to reach it. */
export type Running = {
  program: Program
  target: Target
  /** Where our server's management API answers. */
  adminPort: number
  pid: number
  /** Resident memory in MB: now, and the most since its start. Undefined without /proc, which Linux has. */
  memory: () => { now: number; most: number } | undefined
  /** Seconds of processor time of its process so far; undefined without /proc. */
  processorTime: () => number | undefined
  /** Empties the log, and returns how many bytes it held. */
  takeLog: () => number
  stop: () => Promise<void>
}

export type StartOptions = {
  program: Program
  token: string
  databaseUrl: string
  /** Environment beyond what every program gets. */
  env: Record<string, string>
  /** Takes what it prints: a real file, emptied from time to time. */
  logFile: string
}

/** Starts a program in production mode and waits until it answers. Throws with the end of its log if it does not. */
export async function startMeasured(options: StartOptions): Promise<Running> {
  const { program, token, databaseUrl, logFile } = options
  const [port, adminPort] = [await freePort(), await freePort()]
  const ports = { HOST: '127.0.0.1', PORT: String(port), ADMIN_PORT: String(adminPort) }
  const own = { ...ports, LOG_LEVEL: 'info', DRAIN_SECONDS: '0', TOKEN: token }
  const log = openSync(logFile, 'a')
  const child = startProgram(process.execPath, program.command, {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      ...program.variables,
      ...own,
      ...options.env,
    },
    stdio: ['ignore', log, log],
    // Ctrl-C reaches the bench alone, which stops what it started.
    detached: true,
  })
  closeSync(log)
  await untilReady(child, `http://127.0.0.1:${port}/health`, logFile)
  return {
    program,
    target: { port, token, dialect: program.dialect, ...(program.usesDatabase && { databaseUrl }) },
    adminPort,
    pid: child.pid as number,
    memory: () => residentMemory(child.pid as number),
    processorTime: () => processorTime(child.pid as number),
    takeLog: () => {
      const { size } = statSync(logFile)
      truncateSync(logFile)
      return size
    },
    stop: () => stop(child),
  }
}

/** Waits until the address answers anything but a 503. */
export async function untilReady(child: ChildProcess, url: string, logFile: string): Promise<void> {
  const isReady = async () => {
    const answer = await fetch(url)
    await answer.arrayBuffer()
    return answer.status !== 503
  }
  const output = () => readFileSync(logFile, 'utf8').slice(-2_000)
  await untilAnswered(child, isReady, { what: 'A program', output, every: 10 })
}

function residentMemory(pid: number): { now: number; most: number } | undefined {
  if (process.platform !== 'linux') return undefined
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024
  return { now: megabytes('VmRSS'), most: megabytes('VmHWM') }
}

/** Stops a process with SIGTERM, and after 10 s with SIGKILL. */
async function stop(child: ChildProcess): Promise<void> {
  const kill = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await stopProgram(child)
  clearTimeout(kill)
}
