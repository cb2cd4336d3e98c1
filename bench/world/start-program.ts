import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Target } from '../load/job.ts'
import { freePort } from './free-port.ts'
import type { Program } from './programs.ts'

/** A program that runs, and how it is reached. */
export type Running = {
  program: Program
  target: Target
  pid: number
  /** Resident memory in MB: now, and the most since its start. Undefined where /proc does not tell (Linux does). */
  memory: () => { now: number; most: number } | undefined
  /** Empties the log, and tells how many bytes it held. */
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

/** Starts a program in production mode and waits until it answers. Throws with the end of its log where it does not. */
export async function startProgram(options: StartOptions): Promise<Running> {
  const { program, token, databaseUrl, logFile } = options
  const [port, adminPort] = [await freePort(), await freePort()]
  const ports = { HOST: '127.0.0.1', PORT: String(port), ADMIN_PORT: String(adminPort) }
  const own = { ...ports, LOG_LEVEL: 'info', DRAIN_SECONDS: '0', TOKEN: token }
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, program.command, {
    env: { ...process.env, NODE_ENV: 'production', DATABASE_URL: databaseUrl, ...own, ...options.env },
    stdio: ['ignore', log, log],
    // Ctrl-C reaches the bench alone, which stops what it started.
    detached: true,
  })
  closeSync(log)
  await untilReady(child, `http://127.0.0.1:${port}/health`, logFile)
  return {
    program,
    target: { port, token, dialect: program.dialect, ...(program.usesDatabase && { databaseUrl }) },
    pid: child.pid as number,
    memory: () => residentMemory(child.pid as number),
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
  for (const deadline = performance.now() + 30_000; ; await sleep(10)) {
    const answer = await fetch(url).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer && answer.status !== 503) return
    if (child.exitCode === null && performance.now() < deadline) continue
    throw new Error(`A program did not start:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`)
  }
}

function residentMemory(pid: number): { now: number; most: number } | undefined {
  if (process.platform !== 'linux') return undefined
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024
  return { now: megabytes('VmRSS'), most: megabytes('VmHWM') }
}

/** Stops a process with SIGTERM, and after 10 s with SIGKILL. */
export function stop(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    const kill = setTimeout(() => child.kill('SIGKILL'), 10_000)
    child.once('exit', () => {
      clearTimeout(kill)
      resolve()
    })
    child.kill('SIGTERM')
  })
}
