import type { Session } from '../database/connection/session.ts'
import { inTurn } from './in-turn.ts'

/** Removes what probes recorded that ended as many days ago as they were on. That they ended stays known. Returns how many. */
export async function removeSightings(session: Session): Promise<number> {
  const count = await inTurn(session, async () => {
    const { rowCount } = await session.query(
      `DELETE FROM probe_sighting USING probe_run
       WHERE probe_sighting.application_id = probe_run.application_id
         AND started_at + make_interval(days => 2 * days) < now()`,
    )
    return rowCount ?? 0
  })
  return count ?? 0
}
