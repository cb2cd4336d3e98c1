import type { Queries } from '../database/queries.ts'

/** How much there is of an application, and how its last reconciliation went. */
export type ApplicationTotals = {
  applicationId: string
  /** Counted up to `mostLinksCounted`. */
  links: number
  /** Of the run that was started last; null if there was none. */
  runState: string | null
  runStartedAt: Date | null
}

/** So many links are counted: whoever looks every two seconds must not read a large table each time. */
export const mostLinksCounted = 100_000

/** In the order of the ids. Links are counted in their own order, or the planner reads the table for an application without any. */
export function applicationTotals(database: Queries, applicationIds: readonly string[]): Promise<ApplicationTotals[]> {
  return database.$queryRaw<ApplicationTotals[]>`
    SELECT app.id AS "applicationId", run.state::text AS "runState", run.started_at AS "runStartedAt",
      (SELECT count(*)::int FROM (
        SELECT 1 FROM link WHERE application_id = app.id ORDER BY issue_key, remote_key LIMIT ${mostLinksCounted}) AS counted) AS links
    FROM unnest(${[...applicationIds]}::text[]) WITH ORDINALITY AS app (id, place) LEFT JOIN LATERAL (
      SELECT state, started_at FROM reconciliation_run WHERE application_id = app.id ORDER BY started_at DESC LIMIT 1
    ) AS run ON true
    ORDER BY app.place`
}
