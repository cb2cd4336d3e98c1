import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, linkWriter, seeded, untilQuiet } from './changes.ts'
import { startMirror } from './servers.ts'
import type { Tracker } from './tracker.ts'

export type Kills = {
  kills: number
  changes: number
  requests: number
  doubled: number
  lost: number
  quietAfter: number
}

/** Issues with links that change, and objects that each may be linked to. */
const world = { issues: 150, keys: 4 }

/**
 * Changes links all the time, and kills the server each time that Tracker has done what it was sent, before it is answered.
 * `forget`: nobody is told that the dead server may have sent something.
 */
export async function killBetweenRequestAndRecord(
  { database, tracker, env }: { database: Database; tracker: Tracker; env: Record<string, string> },
  { kills, seed, forget }: { kills: number; seed: number; forget: boolean },
): Promise<Kills> {
  const random = seeded(seed)
  const wanted = new Map<string, boolean>()
  const write = linkWriter(database)
  const counts = { kills: 0, changes: 0, requests: 0 }
  let isOver = false
  let isArmed = false
  let next = Promise.withResolvers<void>()
  let server = await startMirror(env)
  tracker.watching.done = async () => {
    counts.requests++
    if (!isArmed) return
    isArmed = false
    await server.kill()
    next.resolve()
  }
  const change = async () => {
    const name = `TEST-${1 + Math.floor(random() * world.issues)} key-${seed}-${Math.floor(random() * world.keys)}`
    const [issue = '', key = ''] = name.split(' ')
    const isLinked = wanted.get(name) !== true
    await write(isLinked ? 'create' : 'remove', issue, key)
    wanted.set(name, isLinked)
    counts.changes++
  }
  const changing = (async () => {
    for (; !isOver; await sleep(20)) await change()
  })()
  while (counts.kills < kills) {
    next = Promise.withResolvers()
    await sleep(random() * 300)
    isArmed = true
    await next.promise
    counts.kills++
    if (forget) await database.$executeRaw`UPDATE link_mirror SET lease_token = NULL, lease_until = NULL`
    server = await startMirror(env)
  }
  isOver = true
  await changing
  const began = performance.now()
  await untilQuiet(database, 120)
  const quietAfter = (performance.now() - began) / 1_000
  await server.stop()
  const found = [...wanted].map(([name, isLinked]) => {
    const [issue = '', key = ''] = name.split(' ')
    return { links: tracker.count(issue, key), isLinked }
  })
  return {
    ...counts,
    doubled: found.filter(({ links }) => links > 1).length,
    lost: found.filter(({ links, isLinked }) => links > 0 !== isLinked).length,
    quietAfter,
  }
}
