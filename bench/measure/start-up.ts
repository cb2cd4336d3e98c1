import { execFile } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { asUsersStartIt, freePort, startProgram } from '../../test/support/start-program.ts'
import { root } from '../world/ours.ts'
import { untilReady } from '../world/start-program.ts'
import type { Results } from './results.ts'
import { figure } from './statistics.ts'

type Options = {
  folder: string
  config: string
  /** A database with links of the issue OLD-1, for the command. */
  databaseUrl: string
  rounds: number
}

/**
 * Seconds from the command to the first good answer, on the data folder of an earlier run (embedded PostgreSQL): by `npm start`,
 * and without npm. And seconds that a usual command takes to its end, on the database of the other rows: it reads the configuration, opens the
 * database and prints what it finds.
 */
export async function measureStartUp({ folder, config, databaseUrl, rounds }: Options): Promise<Results['startUp']> {
  const data = join(folder, 'data')
  await mkdir(data, { recursive: true })
  const logFile = join(folder, 'start-up.log')
  const start = (command: readonly string[]) => startOnce(command, { data, config, logFile })
  const serve = [process.execPath, ...asUsersStartIt, 'serve']
  const list = () => listLinks({ DATABASE_URL: databaseUrl, TRACKER_LINKS_CONFIG: config })
  // What was never run before is compiled, and the data folder made.
  await start(serve)
  await list()
  const times = { npm: [] as number[], serve: [] as number[], command: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    times.npm.push(await start(['npm', 'start', '--silent']))
    times.serve.push(await start(serve))
    times.command.push(await list())
  }
  return { npmStart: figure(times.npm), serve: figure(times.serve), command: figure(times.command) }
}

/** Runs `tracker-links links list` as a user would; returns the seconds that it took. */
async function listLinks(env: Record<string, string>): Promise<number> {
  const run = promisify(execFile)
  const words = [...asUsersStartIt, 'links', 'list', '--issue', 'OLD-1']
  const started = performance.now()
  const { stdout } = await run(process.execPath, words, { env: { ...process.env, NODE_ENV: 'production', ...env } })
  const seconds = (performance.now() - started) / 1_000
  if (!stdout.includes('OLD-1')) throw new Error(`links list did not list the links of OLD-1: ${stdout}`)
  return seconds
}

async function startOnce(
  [command = '', ...words]: readonly string[],
  { data, config, logFile }: { data: string; config: string; logFile: string },
): Promise<number> {
  const [port, adminPort] = [await freePort(), await freePort()]
  const log = openSync(logFile, 'a')
  const env = { PORT: String(port), ADMIN_PORT: String(adminPort), DATA_DIR: data, TRACKER_LINKS_CONFIG: config }
  const started = performance.now()
  const child = startProgram(command, words, {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production', DRAIN_SECONDS: '0', DATABASE_URL: '', ...env },
    stdio: ['ignore', log, log],
    // A group of its own: npm has a shell between itself and the server, and the signal must reach the server.
    detached: true,
  })
  closeSync(log)
  try {
    await untilReady(child, `http://127.0.0.1:${port}/health`, logFile)
    return (performance.now() - started) / 1_000
  } finally {
    await stopGroup(child.pid as number)
  }
}

/** Stops npm and the server, and waits for both: npm ends first, and the next start needs the data folder. */
async function stopGroup(leader: number): Promise<void> {
  let signal: NodeJS.Signals | 0 = 'SIGTERM'
  try {
    for (; ; await sleep(20)) {
      process.kill(-leader, signal)
      signal = 0
    }
  } catch {
    // The whole group has ended.
  }
}
