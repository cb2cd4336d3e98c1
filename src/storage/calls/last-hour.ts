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

/** Of each application the calls in the hour before `until`, in the order of the ids. */
export function callsOfLastHour(
  database: Queries,
  applicationIds: readonly string[],
  until: Date,
): Promise<LastHour[]> {
  const since = new Date(until.getTime() - 3_600_000)
  return database.$queryRaw<LastHour[]>`
    SELECT app.id AS "applicationId", hour.*,
      (SELECT max(at) FROM call_record WHERE application_id = app.id) AS "lastAt",
      (SELECT at FROM call_record WHERE application_id = app.id AND status < 400 ORDER BY at DESC LIMIT 1) AS "lastGoodAt"
    FROM unnest(${[...applicationIds]}::text[]) WITH ORDINALITY AS app (id, place) CROSS JOIN LATERAL (
      SELECT coalesce(sum(stands_for), 0)::float8 AS calls,
             coalesce(sum(stands_for) FILTER (WHERE status >= 500), 0)::float8 AS errors,
             round(min(milliseconds) FILTER (WHERE so_far >= total * 0.5)::numeric, 2)::float8 AS p50,
             round(min(milliseconds) FILTER (WHERE so_far >= total * 0.99)::numeric, 2)::float8 AS p99
      FROM (SELECT status, milliseconds, stands_for, sum(stands_for) OVER () AS total,
                   sum(stands_for) OVER (ORDER BY milliseconds ROWS UNBOUNDED PRECEDING) AS so_far
            FROM call_record
            WHERE application_id = app.id AND at > ${since} AND at <= ${until}) AS recent
    ) AS hour
    ORDER BY app.place`
}
