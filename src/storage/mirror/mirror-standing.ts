import type { Queries } from '../database/queries.ts'

/** How the mirror of an application and a follower of its change feed stand, in numbers. Seconds by the database's clock. */
export type MirrorStanding = {
  applicationId: string
  waiting: number
  oldestSeconds: number
  stops: number
  /** Null: it has not begun to follow. */
  lagEvents: number | null
  lagSeconds: number | null
}

/** Counted so far: a metric says "very many" as well with this as with more, and a scrape must stay cheap. */
const mostCounted = 10_000

/** One statement for all applications, over indexes only. Of more waiting links than are counted, those that are due first count. */
export const mirrorStandings = (
  database: Queries,
  applicationIds: readonly string[],
  follower: string,
): Promise<MirrorStanding[]> =>
  database.$queryRaw<MirrorStanding[]>`
    SELECT app.id AS "applicationId", waiting, "oldestSeconds",
      (SELECT count(*)::int FROM mirror_stop WHERE application_id = app.id) AS stops,
      CASE WHEN event_id IS NOT NULL THEN "lagEvents" END AS "lagEvents",
      CASE WHEN event_id IS NOT NULL THEN "lagSeconds" END AS "lagSeconds"
    FROM unnest(${[...applicationIds]}::text[]) AS app (id)
    LEFT JOIN follower ON follower.application_id = app.id AND follower.name = ${follower}
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS waiting,
             greatest(0, coalesce(extract(epoch FROM now() - min(changed_at)), 0))::float8 AS "oldestSeconds"
      FROM (SELECT changed_at FROM link_mirror
            WHERE application_id = app.id AND next_at IS NOT NULL ORDER BY next_at LIMIT ${mostCounted}) AS due
    ) AS backlog CROSS JOIN LATERAL (
      SELECT count(*)::int AS "lagEvents",
             greatest(0, coalesce(extract(epoch FROM now() - (
               SELECT occurred_at FROM link_event
               WHERE application_id = app.id AND id > event_id ORDER BY id LIMIT 1)), 0))::float8 AS "lagSeconds"
      FROM (SELECT FROM link_event
            WHERE application_id = app.id AND id > event_id ORDER BY id LIMIT ${mostCounted}) AS ahead
    ) AS unread`
