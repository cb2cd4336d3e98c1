import type { Queries } from '../database/queries.ts'

/**
 * Ends a run that has not ended yet. Whoever carries it out has lost its lease, so it stores nothing more and stops at its next
 * step; what it has repaired stays repaired. False: the run has ended already, or there is none.
 */
export async function cancelRun(database: Queries, id: string, reason: string): Promise<boolean> {
  const cancelled = await database.$executeRaw`
    UPDATE reconciliation_run
    SET state = 'cancelled', reason = ${reason}, ended_at = now(), next_at = NULL, lease_until = NULL, lease_token = NULL
    WHERE id = ${id} AND ended_at IS NULL`
  return cancelled > 0
}
