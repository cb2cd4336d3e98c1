import type { Session } from '../database/connection/session.ts'
import { inTurn } from './in-turn.ts'

/** Rows that one statement removes. */
const bite = 5_000

/** Removes calls of the request log that are older than so many days. Returns how many. */
export async function removeCalls(session: Session, days: number): Promise<number> {
  for (let removed = 0; ; ) {
    const count = await inTurn(session, async () => {
      const { rowCount } = await session.query(
        `DELETE FROM call_record USING (
           SELECT application_id, at, request_id FROM call_record
           WHERE at < now() - make_interval(days => $1) LIMIT ${bite}
         ) AS old
         WHERE (call_record.application_id, call_record.at, call_record.request_id)
           = (old.application_id, old.at, old.request_id)`,
        [days],
      )
      return rowCount ?? 0
    })
    removed += count ?? 0
    if (count !== bite) return removed
  }
}
