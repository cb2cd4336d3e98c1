import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, linkWriter, seeded, untilFollowed, untilQuiet } from './changes.ts'
import { startMirror } from './servers.ts'
import type { Tracker } from './tracker.ts'

export type Kills = {
  kills: number
  changes: number
  requests: number
  doubled: number
  lost: number
  takenOverAfter: number
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
  const over = new AbortController()
  let isArmed = false
  let killedAt = 0
  let next = Promise.withResolvers<void>()
  tracker.doubled.clear()
  let server = await startMirror(env)
  await untilFollowed(database)
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
    for (; !over.signal.aborted; await sleep(20)) await change()
  })()
  while (counts.kills < kills) {
    next = Promise.withResolvers()
    await sleep(random() * 300)
    isArmed = true
    await next.promise
    counts.kills++
    killedAt = performance.now()
    if (forget) await database.$executeRaw`UPDATE link_mirror SET lease_token = NULL, lease_until = NULL`
    server = await startMirror(env)
  }
  const takenOverAfter = await untilTakenOver(database, killedAt)
  over.abort()
  await changing
  if (!(await untilQuiet(database, 120))) console.log('       not quiet after 120 s:', await left(database))
  await server.stop()
  const found = [...wanted].map(([name, isLinked]) => {
    const [issue = '', key = ''] = name.split(' ')
    return { name, links: tracker.count(issue, key), isLinked }
  })
  const wrong = found.filter(({ links, isLinked }) => links !== Number(isLinked))
  for (const { name, links, isLinked } of forget ? [] : wrong)
    console.log(
      `       ${name} should be ${isLinked ? 'linked' : 'absent'}, Tracker has ${links}:`,
      await left(database, name),
    )
  return {
    ...counts,
    // A second one may be gone by now: a later removal takes one of them.
    doubled: tracker.doubled.size,
    lost: found.filter(({ links, isLinked }) => links > 0 !== isLinked).length,
    takenOverAfter,
  }
}

/** What is stored of a link, or of all with which something is to be done. */
const left = (database: Database, name?: string) =>
  database.$queryRaw`
    SELECT * FROM link_mirror WHERE CASE WHEN ${name ?? null}::text IS NULL THEN next_at IS NOT NULL OR lease_token IS NOT NULL
                                         ELSE issue_key || ' ' || remote_key = ${name ?? null} END LIMIT 5`

/** Seconds from a kill until others have in hand, or have done, all that the dead server had. */
async function untilTakenOver(database: Database, killedAt: number): Promise<number> {
  const seconds = () => (performance.now() - killedAt) / 1_000
  const dead = await database.$queryRaw<{ token: string }[]>`
    SELECT DISTINCT lease_token AS token FROM link_mirror WHERE lease_until < now() + interval '23 s'`
  const tokens = dead.map(({ token }) => token)
  while (seconds() < 120 && (await database.linkMirror.count({ where: { leaseToken: { in: tokens } } })) > 0)
    await sleep(100)
  return seconds()
}
