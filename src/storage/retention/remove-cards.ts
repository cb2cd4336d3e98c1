import { setTimeout as sleep } from 'node:timers/promises'
import type { Session } from '../database/connection/session.ts'
import { inTurn } from './in-turn.ts'

/** Objects that one statement looks at, and cards that it removes: up to a hundred are told to the servers one by one. */
const bite = { rows: 5_000, cards: 100, pause: 20 }

/**
 * Removes last good cards that no source has given for so many days, in one walk over the objects. Objects that were pushed
 * stay. Returns how many.
 */
export async function removeCards(session: Session, days: number): Promise<number> {
  let after: [string, string] = ['', '']
  for (let removed = 0; ; await sleep(bite.pause)) {
    const found = await inTurn(session, () => removeAfter(session, after, days))
    removed += found?.removed ?? 0
    if (!found?.last) return removed
    after = found.last
  }
}

type Row = { removed: number; applicationId: string | null; key: string | null }

/** `last`: how far it came; undefined at the end. A row that somebody writes is left to the next walk. */
async function removeAfter(session: Session, after: [string, string], days: number) {
  const { rows } = await session.query<Row>(
    `WITH page AS (
       SELECT application_id, key, coalesce(fetched_at < now() - make_interval(days => $3), false) AS is_old
       FROM linked_object WHERE (application_id, key) > ($1, $2) ORDER BY application_id, key LIMIT ${bite.rows}
     ), old AS (
       SELECT application_id, key FROM page WHERE is_old ORDER BY application_id, key LIMIT ${bite.cards}
     ), held AS (
       SELECT * FROM (
         SELECT application_id, key FROM linked_object WHERE (application_id, key) IN (SELECT application_id, key FROM old)
           AND fetched_at < now() - make_interval(days => $3)
         FOR UPDATE SKIP LOCKED) AS locked
     ), gone AS (
       DELETE FROM linked_object USING held
       WHERE linked_object.application_id = held.application_id AND linked_object.key = held.key
       RETURNING 1
     )
     SELECT (SELECT count(*) FROM gone)::int AS removed, last.application_id AS "applicationId", last.key
     FROM (VALUES (1)) AS one LEFT JOIN LATERAL (
       SELECT application_id, key FROM page
       WHERE (SELECT count(*) FROM old) < ${bite.cards} OR (application_id, key) IN (SELECT application_id, key FROM old)
       ORDER BY application_id DESC, key DESC LIMIT 1) AS last ON true`,
    [...after, days],
  )
  const { removed = 0, applicationId, key } = rows[0] ?? {}
  const last: [string, string] | undefined =
    typeof applicationId === 'string' && typeof key === 'string' ? [applicationId, key] : undefined
  return { removed, last }
}
