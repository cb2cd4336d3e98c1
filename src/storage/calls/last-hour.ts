import type { Queries } from '../database/queries.ts'

/** The calls of an application in an hour. A record may stand for several calls: each of them counts. */
export type LastHour = {
  applicationId: string
  calls: number
  /** Answers 5xx: this server's own failures or its source's. What a caller did wrong (4xx) is none of them. */
  errors: number
  /** Milliseconds that half of the calls, and 99 of 100, needed at most; null without a call. */
  p50: number | null
  p99: number | null
  /** The last call in the request log, and the last that was answered below 400; both may be older than the hour. */
  lastAt: Date | null
  lastGoodAt: Date | null
}

/**
 * Of each application the calls in the hour before `until`, in the order of the ids. Calls that took as long, to three digits, are
 * counted together first: a million of them would be sorted for longer than a statement may take.
 */
export function callsOfLastHour(
  database: Queries,
  applicationIds: readonly string[],
  until: Date,
): Promise<LastHour[]> {
  const since = new Date(until.getTime() - 3_600_000)
  return database.$queryRaw<LastHour[]>`
    WITH hour AS MATERIALIZED (
      SELECT application_id, took, sum(stands_for) AS calls,
             coalesce(sum(stands_for) FILTER (WHERE status >= 500), 0) AS errors
      FROM call_record CROSS JOIN LATERAL (
        SELECT CASE WHEN milliseconds < 10 THEN milliseconds WHEN milliseconds < 100 THEN round(milliseconds * 10) / 10
                    ELSE round(milliseconds) END AS took) AS rounded
      WHERE application_id = ANY (${[...applicationIds]}::text[]) AND at > ${since} AND at <= ${until}
      GROUP BY application_id, took
    ), risen AS (
      SELECT *, sum(calls) OVER (PARTITION BY application_id) AS total,
             sum(calls) OVER (PARTITION BY application_id ORDER BY took) AS so_far
      FROM hour
    ), summed AS (
      SELECT application_id, sum(calls)::float8 AS calls, sum(errors)::float8 AS errors,
             round(min(took) FILTER (WHERE so_far >= total * 0.5)::numeric, 2)::float8 AS p50,
             round(min(took) FILTER (WHERE so_far >= total * 0.99)::numeric, 2)::float8 AS p99
      FROM risen GROUP BY application_id
    )
    SELECT app.id AS "applicationId", coalesce(calls, 0) AS calls, coalesce(errors, 0) AS errors, p50, p99,
      (SELECT max(at) FROM call_record WHERE application_id = app.id) AS "lastAt",
      (SELECT at FROM call_record WHERE application_id = app.id AND status < 400 ORDER BY at DESC LIMIT 1) AS "lastGoodAt"
    FROM unnest(${[...applicationIds]}::text[]) WITH ORDINALITY AS app (id, place)
    LEFT JOIN summed ON summed.application_id = app.id
    ORDER BY app.place`
}
