import { closeSync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, program, startProgram } from '../../test/support/start-program.ts'
import { root } from '../world/ours.ts'
import { untilReady } from '../world/start-program.ts'
import type { Results } from './results.ts'
import { figure } from './statistics.ts'

/**
 * Seconds from the command to the first good answer, on the data folder of an earlier run (embedded PostgreSQL): by `npm start`,
 * and without npm.
 */
export async function measureStartUp(folder: string, config: string, rounds: number): Promise<Results['startUp']> {
  const data = join(folder, 'data')
  await mkdir(data, { recursive: true })
  const logFile = join(folder, 'start-up.log')
  const once = (command: readonly string[]) => startOnce(command, { data, config, logFile })
  const serve = [process.execPath, program, 'serve']
  await once(serve)
  const times = { npm: [] as number[], serve: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    times.npm.push(await once(['npm', 'start', '--silent']))
    times.serve.push(await once(serve))
  }
  return { npmStart: figure(times.npm), serve: figure(times.serve) }
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
