import type { Queries } from '../database/queries.ts'
import type { FeedPlace } from './link-feed.ts'

// Where the followers of the change feed are. A place before the first event has the id 0, see `placeIn`.

/** The name of the mirror among them. */
export const mirrorFollower = 'mirror'

/** The last event that a follower has worked on; undefined: it has not begun to follow. */
export async function findCursor(
  database: Queries,
  applicationId: string,
  name: string,
): Promise<FeedPlace | undefined> {
  const row = await database.follower.findUnique({ where: { applicationId_name: { applicationId, name } } })
  return row ? { id: row.eventId, occurredAt: row.occurredAt } : undefined
}

/** Lets a follower begin at a place, or before the first event, unless it has begun. */
export async function startCursor(
  database: Queries,
  applicationId: string,
  name: string,
  place: FeedPlace | undefined,
): Promise<void> {
  await database.$executeRaw`
    INSERT INTO follower (application_id, name, event_id, occurred_at)
    VALUES (${applicationId}, ${name}, ${place?.id ?? 0n}, coalesce(${place?.occurredAt ?? null}, now()))
    ON CONFLICT DO NOTHING`
}

/** Holds the cursor until the transaction ends. False: somebody else holds it, or has moved it on from `from`. */
export async function holdCursor(
  transaction: Queries,
  applicationId: string,
  name: string,
  from: FeedPlace,
): Promise<boolean> {
  const held = await transaction.$queryRaw<unknown[]>`
    SELECT FROM follower
    WHERE application_id = ${applicationId} AND name = ${name}
      AND event_id = ${from.id} AND occurred_at = ${from.occurredAt}
    FOR UPDATE SKIP LOCKED`
  return held.length > 0
}

/** Moves a cursor that is held. */
export async function moveCursor(
  transaction: Queries,
  applicationId: string,
  name: string,
  to: FeedPlace,
): Promise<void> {
  const where = { applicationId_name: { applicationId, name } }
  await transaction.follower.update({ where, data: { eventId: to.id, occurredAt: to.occurredAt } })
}

/** Notes that a follower has missed all events after `since`; what it missed first stays noted. */
export function noteMissed(
  transaction: Queries,
  applicationId: string,
  name: string,
  since: FeedPlace,
): Promise<unknown> {
  const mark = { applicationId, name: missedBy(name), eventId: since.id, occurredAt: since.occurredAt }
  return transaction.follower.createMany({ data: [mark], skipDuplicates: true })
}

/** The name under which it is noted what a follower has missed; a reconciliation of all links makes up for it. */
export const missedBy = (name: string): string => `${name}: missed`

/** How far a follower is behind: events that it has not worked on, counted up to 100,000, and when the first of them was. */
export type FollowerLag = { events: number; oldest: Date | null }

/** The lag of a follower; undefined: it has not begun to follow. */
export async function findLag(
  database: Queries,
  applicationId: string,
  name: string,
): Promise<FollowerLag | undefined> {
  const [lag] = await database.$queryRaw<FollowerLag[]>`
    /* lag of a follower */
    SELECT count(ahead.id)::int AS events, min(ahead.occurred_at) AS oldest
    FROM follower LEFT JOIN LATERAL (
      SELECT id, occurred_at FROM link_event
      WHERE application_id = follower.application_id AND id > follower.event_id ORDER BY id LIMIT 100000) AS ahead ON true
    WHERE follower.application_id = ${applicationId} AND name = ${name}
    GROUP BY follower.event_id`
  return lag
}

/** The place as the feed names it: before its first event there is none. */
export const placeIn = (cursor: FeedPlace): FeedPlace | undefined => (cursor.id === 0n ? undefined : cursor)
