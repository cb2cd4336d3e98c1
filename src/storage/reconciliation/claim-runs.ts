import type { Queries } from '../database/queries.ts'
import { Prisma } from '../prisma-client/client.ts'
import { claimDue } from '../work/claims.ts'
import { type HeldRun, runLease } from './run-progress.ts'

/** Claims runs of these applications that wait for somebody, or whose process died. */
export async function claimRuns(
  database: Queries,
  applicationIds: readonly string[],
  limit: number,
): Promise<(HeldRun & { applicationId: string })[]> {
  const claimed = await claimDue(database, {
    table: 'reconciliation_run',
    where: Prisma.sql`application_id = ANY (${[...applicationIds]}::text[]) AND ended_at IS NULL`,
    limit,
    leaseSeconds: runLease,
  })
  return claimed.map(({ id, leaseToken, applicationId }) => ({ id, token: leaseToken, applicationId }))
}
