import type { Queries } from '../database/queries.ts'
import type { ReconciliationRunModel } from '../prisma-client/models.ts'

/** A run of a reconciliation as it is stored. */
export type StoredRun = ReconciliationRunModel
/** The place of a run in the list: the newest is the first. */
export type RunPlace = { startedAt: Date; id: string }

/** Runs of an application, the newest first: at most `limit` of those that follow `after`, or of those after the first `skip`. */
export function listRuns(
  database: Queries,
  applicationId: string,
  { after, skip, limit }: { after?: RunPlace; skip?: number; limit: number },
): Promise<StoredRun[]> {
  return database.reconciliationRun.findMany({
    where: {
      applicationId,
      ...(after && {
        OR: [{ startedAt: { lt: after.startedAt } }, { startedAt: after.startedAt, id: { lt: after.id } }],
      }),
    },
    orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
    take: limit,
    ...(skip !== undefined && { skip }),
  })
}

/** How many runs an application has, counted up to `most`. */
export const countRuns = (database: Queries, applicationId: string, most?: number): Promise<number> =>
  database.reconciliationRun.count({ where: { applicationId }, ...(most !== undefined && { take: most }) })

/** A run by its id; undefined if there is none. */
export async function findRun(database: Queries, id: string): Promise<StoredRun | undefined> {
  return (await database.reconciliationRun.findUnique({ where: { id } })) ?? undefined
}
