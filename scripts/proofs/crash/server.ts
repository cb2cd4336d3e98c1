import { type ChildProcess, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  asUsersStartIt,
  ended,
  freePort,
  isWell,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../../../test/support/start-program.ts'

/** A server under test. `readyAfter`: milliseconds from its start to its first healthy answer. */
export type CrashServer = {
  address: string
  adminAddress: string
  readyAfter: number
  /** Stops it as an operator does. */
  stop(): Promise<void>
  kill(): Promise<void>
}

/** Starts `tracker-links serve` on a data folder, with the sample application, and waits until it is ready. */
export async function startServer(dataDirectory: string): Promise<CrashServer> {
  const [port, adminPort] = await Promise.all([freePort(), freePort()])
  const begin = performance.now()
  const child = startProgram(process.execPath, [...asUsersStartIt, 'serve'], {
    cwd: dataDirectory,
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
      DATA_DIR: join(dataDirectory, 'data'),
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const address = `http://127.0.0.1:${port}`
  await untilAnswered(child, () => isWell(`${address}/health`), { what: 'the server', every: 10 })
  const readyAfter = performance.now() - begin
  return {
    address,
    adminAddress: `http://127.0.0.1:${adminPort}`,
    readyAfter,
    stop: async () => {
      await stopProgram(child, 'SIGINT')
    },
    kill: () => killAll(child, join(dataDirectory, 'data')),
  }
}

/** `kill -9` of PostgreSQL with everything that belongs to it, and of the server, in one moment. */
async function killAll(server: ChildProcess, dataDirectory: string): Promise<void> {
  const postmaster =
    readFileSync(join(dataDirectory, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0] ?? ''
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', postmaster], { encoding: 'utf8' }).trim().split(/\s+/)
  for (const pid of [Number(postmaster), ...children.map(Number), server.pid ?? 0]) {
    try {
      if (pid > 0) process.kill(pid, 'SIGKILL')
    } catch (error) {
      // A session may have ended by itself since it was listed.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  await ended(server)
}
