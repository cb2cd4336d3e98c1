import type { Queries } from '../storage/database/queries.ts'
import { findCursor, holdCursor, moveCursor, noteMissed, placeIn, startCursor } from '../storage/links/followers.ts'
import type { FeedPlace, LinkFeed } from '../storage/links/link-feed.ts'
import type { StoredEvent } from '../storage/links/link-history.ts'
import type { Storage } from '../storage/open-storage.ts'

/** Something that reads the change feed behind a stored cursor, each event once. */
export type Follower = {
  name: string
  database: Storage['management']
  feed: LinkFeed
  /** Works on events, in the transaction that moves the cursor over them: both are stored or neither. */
  work: (transaction: Queries, applicationId: string, events: readonly StoredEvent[]) => Promise<void>
  /** Events were removed, because of their age or by a restored backup, before they were read. */
  tellMissed: (applicationId: string, since: Date) => void
}

/** How far a follower has come: more events are known to follow, or none, or the feed cannot be read on at the moment. */
export type Followed = 'more' | 'all' | 'held up'

/** Events of one transaction. */
const mostEvents = 1_000

/**
 * Works on the next events of an application. Any process may; one at a time does. Begins at the end of the feed: at first, and
 * anew if events were removed that it had not read, which is noted.
 */
export async function followOn(follower: Follower, applicationId: string): Promise<Followed> {
  const { database, feed, name } = follower
  const cursor = await findCursor(database, applicationId, name)
  if (cursor === undefined) return await begin(follower, applicationId)
  const stretch = await feed.read(applicationId, placeIn(cursor), mostEvents)
  if (stretch === undefined) return await beginAnew(follower, applicationId, cursor)
  const last = stretch.events.at(-1)
  if (last === undefined) return stretch.more ? 'held up' : 'all'
  const isDone = await database.$transaction(async transaction => {
    if (!(await holdCursor(transaction, applicationId, name, cursor))) return false
    await follower.work(transaction, applicationId, stretch.events)
    await moveCursor(transaction, applicationId, name, last)
    return true
  })
  // If another process follows, it goes on.
  if (!isDone) return 'held up'
  return stretch.more ? 'more' : 'all'
}

async function begin({ database, feed, name }: Follower, applicationId: string): Promise<Followed> {
  const { place, isOpen } = await feed.end(applicationId)
  // Events before the end may still become visible.
  if (isOpen) return 'held up'
  await startCursor(database, applicationId, name, place)
  return 'all'
}

async function beginAnew(follower: Follower, applicationId: string, cursor: FeedPlace): Promise<Followed> {
  const { database, feed, name } = follower
  const { place, isOpen } = await feed.end(applicationId)
  if (isOpen) return 'held up'
  const isDone = await database.$transaction(async transaction => {
    if (!(await holdCursor(transaction, applicationId, name, cursor))) return false
    await noteMissed(transaction, applicationId, name, cursor)
    await moveCursor(transaction, applicationId, name, place ?? { id: 0n, occurredAt: cursor.occurredAt })
    return true
  })
  if (isDone) follower.tellMissed(applicationId, cursor.occurredAt)
  return isDone ? 'all' : 'held up'
}
