import type { Queries } from '../database/queries.ts'
import type { PlanLineModel } from '../prisma-client/models.ts'

/** A line of a plan as it is stored. */
export type StoredLine = PlanLineModel

/** Lines of a plan in the order of their numbers: at most `limit` of those that follow number `after`. */
export function listPlanLines(
  database: Queries,
  runId: string,
  { after, skip, limit }: { after?: number; skip?: number; limit: number },
): Promise<StoredLine[]> {
  return database.planLine.findMany({
    where: { runId, ...(after !== undefined && { number: { gt: after } }) },
    orderBy: { number: 'asc' },
    take: limit,
    ...(skip !== undefined && { skip }),
  })
}

/** How many lines a plan has, counted up to `most`. */
export const countPlanLines = (database: Queries, runId: string, most?: number): Promise<number> =>
  database.planLine.count({ where: { runId }, ...(most !== undefined && { take: most }) })
