import type { Queries } from '../database/queries.ts'

/** Of the last calls: how many there are, and how many a proxy had handed on, with the moment of the latest of these. */
export type ForwardedCalls = { calls: number; forwarded: number; last: Date | null }

/** Looks at `limit` calls since a moment, the latest ones. Names of headers are kept in small letters, as Node gives them. */
export async function forwardedCalls(
  database: Queries,
  applicationId: string,
  { since, limit }: { since: Date; limit: number },
): Promise<ForwardedCalls> {
  const [found] = await database.$queryRaw<[ForwardedCalls]>`
    SELECT count(*)::int AS calls, count(*) FILTER (WHERE is_forwarded)::int AS forwarded,
      max(at) FILTER (WHERE is_forwarded) AS last
    FROM (
      SELECT at, jsonb_exists(headers, 'x-forwarded-for') AS is_forwarded FROM call_record
      WHERE application_id = ${applicationId} AND at >= ${since} ORDER BY at DESC LIMIT ${limit}
    ) AS recent`
  return found
}
