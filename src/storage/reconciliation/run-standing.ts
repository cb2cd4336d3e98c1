import type { Queries } from '../database/queries.ts'
import type { StoredRun } from './list-runs.ts'
import { schedule } from './scheduled-runs.ts'

/** Differences that were found, and that neither a repair nor a later comparison has ended. */
export type LeftDifferences = {
  count: number
  /** The newest run that found some, and when it began. */
  run: string | null
  since: Date | null
  /** Lines of plans, three at most. */
  samples: readonly LeftLine[] | null
}

/** Of a line of a plan, as it is stored. A move has a former key, and no object. */
type LeftLine = { issueKey: string; remoteKey?: string; formerKey?: string; kind: string; why: string }

/**
 * What the comparisons have left of an application, or of the issue with these keys. A comparison ends what an earlier one found if
 * it was of all issues or of the same; a line counts as long as it has a repair that was not made, unless the link has changed since.
 * The comparisons of an issue are sorted in between its lines: each line compared with each of them would take too long.
 */
export async function findLeftDifferences(
  database: Queries,
  applicationId: string,
  issueKeys?: readonly string[],
): Promise<LeftDifferences> {
  const [left] = await database.$queryRaw<[LeftDifferences]>`
    /* differences that are left */
    WITH finished AS (
      SELECT id, started_at, scope FROM reconciliation_run
      WHERE application_id = ${applicationId} AND plan_id IS NULL AND state = 'finished'
    ), valid AS (
      SELECT * FROM finished
      WHERE started_at >= coalesce((SELECT max(started_at) FROM finished WHERE scope ? 'all'), '-infinity')
    ), told AS (
      SELECT issue_key, id, started_at, number FROM valid JOIN plan_line ON run_id = valid.id
      WHERE line ? 'repair' AND (outcome IS NULL OR outcome IN ('capped', 'unreadable', 'failed'))
        AND (${issueKeys === undefined} OR issue_key = ANY (${[...(issueKeys ?? [])]}::text[]))
      UNION ALL SELECT scope ->> 'issue', NULL, started_at, NULL FROM valid WHERE scope ? 'issue'
    ), left_over AS (
      SELECT id, started_at, number FROM (
        SELECT *, max(started_at) FILTER (WHERE id IS NULL) OVER (PARTITION BY issue_key) AS compared_at FROM told) AS told
      WHERE id IS NOT NULL AND (compared_at IS NULL OR compared_at <= started_at)
    ), sample AS (
      SELECT * FROM left_over ORDER BY started_at DESC, number LIMIT 3
    )
    SELECT count(*)::int AS count, max(started_at) AS since,
           (array_agg(id ORDER BY started_at DESC))[1] AS run,
           (SELECT json_agg(line ORDER BY started_at DESC, sample.number)
            FROM sample JOIN plan_line ON run_id = sample.id AND plan_line.number = sample.number) AS samples
    FROM left_over`
  return left
}

/** The runs that tell how reconciliation stands; undefined: there is no such. */
export type RunStanding = {
  /** The last one that ended, unless somebody cancelled it. */
  ended: StoredRun | undefined
  unfinished: StoredRun | undefined
  /** The last one that began by itself. */
  scheduled: StoredRun | undefined
}

export async function findRunStanding(database: Queries, applicationId: string): Promise<RunStanding> {
  const newest = async (where: object) =>
    (await database.reconciliationRun.findFirst({
      where: { applicationId, ...where },
      orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
    })) ?? undefined
  const [ended, unfinished, scheduled] = await Promise.all([
    newest({ endedAt: { not: null }, state: { not: 'cancelled' } }),
    newest({ endedAt: null }),
    newest({ startedBy: schedule }),
  ])
  return { ended, unfinished, scheduled }
}
