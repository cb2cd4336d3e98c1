import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { keeperPlace } from './keeper-place.ts'

let server: Promise<string> | undefined

/** The address of the database `postgres` of the tests' own PostgreSQL, which runs at least as long as this process. */
export function testPostgres(): Promise<string> {
  server ??= joinKeeper()
  return server
}

/** Tells the keeper that a test run is over, and waits until it is gone; it stays where another run still uses it. */
export async function leaveKeeper(): Promise<void> {
  const user = await reach()
  if (user === undefined) return
  user.resume()
  user.write('end\n')
  await once(user, 'close')
}

async function joinKeeper(): Promise<string> {
  // Starting PostgreSQL takes about a second; a machine that is busy with other tests may need many.
  const end = performance.now() + 60_000
  for (let tries = 0; performance.now() < end; tries++) {
    const user = await reach()
    const url = user && (await firstLine(user))
    if (user !== undefined && url !== undefined) {
      user.unref()
      return url
    }
    // Again from time to time, since the keeper that was reached may just have been ending.
    if (tries % 20 === 0) startKeeper()
    await sleep(50)
  }
  throw new Error(`the PostgreSQL of the tests did not start; its log is ${keeperPlace.log}`)
}

async function reach(): Promise<Socket | undefined> {
  const user = connect(keeperPlace.socket)
  return await once(user, 'connect').then(
    () => user,
    () => undefined,
  )
}

/** The line with the address; undefined where the keeper ended before it said it. */
async function firstLine(user: Socket): Promise<string | undefined> {
  const line = once(user, 'data').then(([data]) => String(data).trim())
  return await Promise.race([line, once(user, 'close').then(() => undefined)]).catch(() => undefined)
}

function startKeeper(): void {
  mkdirSync(keeperPlace.folder, { recursive: true, mode: 0o700 })
  const log = openSync(keeperPlace.log, 'a')
  const keeper = spawn(process.execPath, [`${import.meta.dirname}/database-keeper.ts`], {
    detached: true,
    stdio: ['ignore', log, log],
    // Without tap's loaders, which the environment would hand down; its files are where this process looks for them.
    env: { PATH: process.env.PATH, ...(process.env.TMPDIR && { TMPDIR: process.env.TMPDIR }) },
  })
  keeper.unref()
}
