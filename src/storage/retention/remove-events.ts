import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode } from '../../errors/error-code.ts'
import type { Session } from '../database/connection/session.ts'
import { closeLastPartition } from './close-partition.ts'
import { type EventPartition, readEventTable, type Span, spansOf } from './event-partitions.ts'
import { inTurn } from './in-turn.ts'

/** What was done with the events, see `removeEvents`. */
export type RemovedEvents = { partitions: string[]; events: number; closed: string | undefined; inUse: boolean }

const day = 86_400_000

/** When a partition is closed: so many numbers after its first one, or once its events span a twelfth of what is kept. */
const partitionLimits = { numbers: 20_000_000n, milliseconds: 30 * day }

/** Rows that one statement removes, and the milliseconds until the next. */
const bite = { rows: 1_000, pause: 20 }

/**
 * Removes events older than `days` (undefined: none). A partition whose events are all older is dropped, whatever its size.
 * One in which others are kept waits for that; only if it spans much more than the usual time, as after a restore, its oldest
 * events are deleted. Of each application the newest event that was removed is noted for the followers of the feed.
 */
export async function removeEvents(
  session: Session,
  days: number | undefined,
  limits = partitionLimits,
): Promise<RemovedEvents> {
  const { isOwner, partitions } = await readEventTable(session)
  const removed: RemovedEvents = { partitions: [], events: 0, closed: undefined, inUse: false }
  const age = days === undefined ? Infinity : days * day
  const slice = Math.min(limits.milliseconds, age / 12)
  const now = await databaseTime(session)
  for (const partition of partitions) {
    const spans = await spansOf(session, partition).catch(refuseAllButDropped)
    // Another process does the same.
    if (spans === undefined) return { ...removed, inUse: true }
    const isOld = spans.every(({ newest }) => newest.occurredAt.getTime() < now - age)
    if (isOld && isOwner && partition.to !== undefined) {
      // Of each application the oldest events go first.
      if (!(await dropPartition(session, partition))) return { ...removed, inUse: true }
      removed.partitions.push(partition.name)
      continue
    }
    // Who does not own the table cannot drop partitions.
    const longest = isOwner ? age + slice : age
    for (const { applicationId, oldest } of spans)
      if (oldest.occurredAt.getTime() < now - longest)
        removed.events += await deleteEvents(session, applicationId, new Date(now - age))
    if (isOwner && partition.to === undefined && isFull(spans, { numbers: limits.numbers, since: now - slice })) {
      if (!(await closeLastPartition(session))) return { ...removed, inUse: true }
      removed.closed = partition.name
    }
  }
  return removed
}

function refuseAllButDropped(error: unknown): undefined {
  if (errorCode(error) !== '42P01') throw error
}

async function databaseTime(session: Session): Promise<number> {
  const { rows } = await session.query<{ now: Date }>('SELECT now()')
  return rows[0]?.now.getTime() ?? Number.NaN
}

function isFull(spans: readonly Span[], { numbers, since }: { numbers: bigint; since: number }): boolean {
  if (spans.some(({ oldest }) => oldest.occurredAt.getTime() < since)) return true
  const ends = spans
    .flatMap(({ oldest, newest }) => [BigInt(oldest.id), BigInt(newest.id)])
    .sort((a, b) => Number(a - b))
  return (ends.at(-1) ?? 0n) - (ends[0] ?? 0n) >= numbers
}

const noteRemoved = `ON CONFLICT (application_id) DO UPDATE SET (id, occurred_at) = (excluded.id, excluded.occurred_at)
  WHERE removed_event.id < excluded.id`

/** False if the table stays in use. Others wait from the LOCK on, for the few milliseconds that the rest takes. */
async function dropPartition(session: Session, partition: EventPartition): Promise<boolean> {
  const dropped = await inTurn(session, async () => {
    // Another process may have been faster.
    if (!(await readEventTable(session)).partitions.some(({ name }) => name === partition.name)) return false
    const spans = await spansOf(session, partition)
    await session.query(
      `INSERT INTO removed_event (application_id, id, occurred_at)
       SELECT * FROM unnest($1::text[], $2::bigint[], $3::timestamptz[]) ${noteRemoved}`,
      [
        spans.map(({ applicationId }) => applicationId),
        spans.map(({ newest }) => newest.id),
        spans.map(({ newest }) => newest.occurredAt),
      ],
    )
    await session.query('LOCK TABLE ONLY link_event IN ACCESS EXCLUSIVE MODE')
    await session.query(`DROP TABLE ${partition.name}`)
    return true
  })
  return dropped === true
}

/** Deletes an application's events up to the first one that is younger. Returns how many. */
async function deleteEvents(session: Session, applicationId: string, before: Date): Promise<number> {
  for (let deleted = 0; ; await sleep(bite.pause)) {
    const count = await inTurn(session, async () => {
      const { rows } = await session.query<{ count: number }>(
        `WITH oldest AS (
           SELECT id, occurred_at FROM link_event
           WHERE application_id = $1 AND id > coalesce((SELECT id FROM removed_event WHERE application_id = $1), 0)
           ORDER BY id LIMIT ${bite.rows}
         ), gone AS (
           DELETE FROM link_event
           WHERE application_id = $1 AND id IN (SELECT id FROM oldest)
             AND id < coalesce((SELECT min(id) FROM oldest WHERE occurred_at >= $2), ${2n ** 63n - 1n})
           RETURNING application_id, id, occurred_at
         ), noted AS (
           INSERT INTO removed_event (application_id, id, occurred_at) SELECT * FROM gone ORDER BY id DESC LIMIT 1
           ${noteRemoved}
         )
         SELECT count(*)::int AS count FROM gone`,
        [applicationId, before],
      )
      return rows[0]?.count ?? 0
    })
    deleted += count ?? 0
    if (count !== bite.rows) return deleted
  }
}
