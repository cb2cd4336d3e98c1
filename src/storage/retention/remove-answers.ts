import type { Session } from '../database/connection/session.ts'
import { inTurn } from './in-turn.ts'

/** Rows that one statement removes. */
const bite = 1_000

/** Removes answers to idempotent requests that are older than so many hours. Returns how many. */
export async function removeAnswers(session: Session, hours: number): Promise<number> {
  for (let removed = 0; ; ) {
    const count = await inTurn(session, async () => {
      const { rowCount } = await session.query(
        // By key, and looked at again: the key may have been used anew in the meantime.
        `DELETE FROM idempotent_answer USING (
           SELECT api_key_id, idempotency_key FROM idempotent_answer
           WHERE created_at < now() - make_interval(hours => $1) ORDER BY created_at LIMIT ${bite}
         ) AS old
         WHERE idempotent_answer.api_key_id = old.api_key_id AND idempotent_answer.idempotency_key = old.idempotency_key
           AND created_at < now() - make_interval(hours => $1)`,
        [hours],
      )
      return rowCount ?? 0
    })
    removed += count ?? 0
    if (count !== bite) return removed
  }
}
