import { setTimeout as sleep } from 'node:timers/promises'
import { linkChanger } from '../../../src/storage/links/link-changes.ts'
import type { Storage } from '../../../src/storage/open-storage.ts'
import type { IssueKey } from '../../../src/tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'

export type Database = Storage['prisma']

/** A function that creates or removes a link of `crm`, as an operator does. */
export function linkWriter(database: Database) {
  const change = linkChanger(database)
  return (kind: 'create' | 'remove', issue: string, key: string) => {
    const links = [{ issueKey: issue as IssueKey, remoteKey: key as RemoteKey }]
    return change({ kind, applicationId: 'crm', links, actor: { kind: 'operator' } })
  }
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Waits until the feed is followed: what was changed before is not sent. */
export async function untilFollowed(database: Database): Promise<void> {
  while ((await database.follower.count()) === 0) await sleep(50)
}

/** Waits until the mirror has nothing left to do; false if that takes longer than so many seconds. */
export async function untilQuiet(database: Database, seconds: number): Promise<boolean> {
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; await sleep(200)) {
    const [left] = await database.$queryRaw<[{ links: number; events: number }]>`
      SELECT (SELECT count(*)::int FROM link_mirror WHERE next_at IS NOT NULL OR lease_token IS NOT NULL) AS links,
             (SELECT count(*)::int FROM link_event, follower WHERE link_event.id > follower.event_id) AS events`
    if (left.links === 0 && left.events === 0) return true
  }
  return false
}

/** The value below which a share of all lies. */
export function share(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.ceil((sorted.length - 1) * part)] ?? 0
}
