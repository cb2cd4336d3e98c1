import { setTimeout as sleep } from 'node:timers/promises'
import type { Session } from '../database/connection/session.ts'
import { inTurn } from './in-turn.ts'

/** Links that one statement looks at, and milliseconds to the next. */
const bite = { rows: 5_000, pause: 20 }

type Place = [applicationId: string, issueKey: string, remoteKey: string]

/**
 * Removes what the mirror knows of links that neither side has, once it was so for so many days, in one walk over all. A link that was
 * never heard of is treated alike, so that nothing is lost with it. Returns how many.
 */
export async function removeMirrored(session: Session, days: number): Promise<number> {
  let after: Place = ['', '', '']
  for (let removed = 0; ; await sleep(bite.pause)) {
    const found = await inTurn(session, () => removeAfter(session, after, days))
    removed += found?.removed ?? 0
    if (!found?.last) return removed
    after = found.last
  }
}

const isOver = `wanted = 'absent' AND agreed = 'absent' AND agreed_generation = generation AND NOT in_doubt
  AND next_at IS NULL AND lease_token IS NULL AND changed_at < now() - make_interval(days => $4)`

type Row = { removed: number; last: Place | null }

/** `last`: how far it came; undefined at the end. A row that somebody works on is left to the next walk. */
async function removeAfter(session: Session, after: Place, days: number) {
  const { rows } = await session.query<Row>(
    `WITH page AS (
       SELECT application_id, issue_key, remote_key FROM link_mirror
       WHERE (application_id, issue_key, remote_key) > ($1, $2, $3)
       ORDER BY application_id, issue_key, remote_key LIMIT ${bite.rows}
     ), held AS (
       SELECT * FROM (
         SELECT application_id, issue_key, remote_key FROM link_mirror
         WHERE (application_id, issue_key, remote_key) IN (SELECT application_id, issue_key, remote_key FROM page) AND ${isOver}
         FOR UPDATE SKIP LOCKED) AS locked
     ), gone AS (
       DELETE FROM link_mirror USING held
       WHERE link_mirror.application_id = held.application_id AND link_mirror.issue_key = held.issue_key
         AND link_mirror.remote_key = held.remote_key
       RETURNING 1
     )
     SELECT (SELECT count(*) FROM gone)::int AS removed,
       (SELECT json_build_array(application_id, issue_key, remote_key) FROM page
        ORDER BY application_id DESC, issue_key DESC, remote_key DESC LIMIT 1) AS last`,
    [...after, days],
  )
  return { removed: rows[0]?.removed ?? 0, last: rows[0]?.last ?? undefined }
}
