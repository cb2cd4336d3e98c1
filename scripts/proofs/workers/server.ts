import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  asUsersStartIt,
  collectOutput,
  freePort,
  isWell,
  program,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../../../test/support/start-program.ts'
import { config } from '../rolling/replicas.ts'

/** A server with so many workers, on a database that runs elsewhere. */
export type WorkersServer = {
  port: number
  /** Its workers that run, the oldest first; the process itself if it has none. */
  pids: () => number[]
  /** Whether as many workers answer as are wanted. */
  isWhole: () => Promise<boolean>
  /** Milliseconds of processor time of all its processes. */
  processorTime: () => number
  restart: () => Promise<void>
  stop: () => Promise<void>
}

export async function startWorkersServer(folder: string, databaseUrl: string, workers: number): Promise<WorkersServer> {
  await writeFile(join(folder, 'tracker-links.yaml'), JSON.stringify(config))
  const [port, adminPort] = [await freePort(), await freePort()]
  const env = { HOST: '127.0.0.1', PORT: String(port), ADMIN_PORT: String(adminPort), LOG_LEVEL: 'fatal' }
  const health = `http://127.0.0.1:${adminPort}/health/ready`
  const isWhole = async () => {
    const { status, warnings } = (await (await fetch(health)).json()) as { status: string; warnings?: unknown }
    return status === 'ready' && warnings === undefined
  }
  const start = async () => {
    const started = startProgram(process.execPath, [...asUsersStartIt, 'serve'], {
      cwd: folder,
      env: { ...process.env, ...env, WORKERS: String(workers), DATABASE_URL: databaseUrl, DRAIN_SECONDS: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const output = collectOutput(started)
    await untilAnswered(started, () => isWell(health), { what: 'the server', output })
    await untilAnswered(started, isWhole, { what: 'all workers', output })
    return started
  }
  let child: ChildProcess = await start()
  const pids = () => (workers === 1 ? [child.pid ?? 0] : workersOf(child.pid ?? 0))
  return {
    port,
    pids,
    isWhole,
    processorTime: () => [...new Set([child.pid ?? 0, ...pids()])].reduce((sum, pid) => sum + timeOf(pid), 0),
    restart: async () => {
      await stopProgram(child, 'SIGKILL')
      child = await start()
    },
    stop: async () => {
      await stopProgram(child, 'SIGINT')
    },
  }
}

function workersOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  return children.filter(child => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes(program))
}

/** User and system time; the kernel counts in hundredths of a second. */
function timeOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}
