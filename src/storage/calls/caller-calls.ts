import type { Queries } from '../database/queries.ts'
import { Prisma } from '../prisma-client/client.ts'
import type { CallRecord } from './list-calls.ts'

/**
 * The calls of a program, by the name in its user agent (`java` of `Java/17.0.2`; empty if it says none): when the last good one was,
 * and which bad ones have followed that.
 */
export type CallerCalls = {
  caller: string
  goodAt?: Date | undefined
  bad?: { firstAt: Date; lastAt: Date; lastId: string; calls: number } | undefined
}

/** The name that stands in the headers of a call: versions change, and a name hardly ever. */
const caller = Prisma.sql`lower(split_part(split_part(coalesce(headers->>'user-agent', ''), '/', 1), ' ', 1))`

/** A bad call that no good one of its caller has followed. */
const isAfter = Prisma.sql`bad.at > coalesce(good.at, '-infinity')`

/** Who has called, of the `bad` and the `good` calls: nobody if there is no bad call. Both are conditions over `call_record`. */
export async function callersOf(
  database: Queries,
  { bad, good }: { bad: Prisma.Sql; good: Prisma.Sql },
): Promise<CallerCalls[]> {
  const rows = await database.$queryRaw<Row[]>`
    WITH bad AS MATERIALIZED (SELECT ${caller} AS caller, at, request_id FROM call_record WHERE ${bad}),
    good AS MATERIALIZED (
      SELECT ${caller} AS caller, max(at) AS at FROM call_record WHERE EXISTS (SELECT FROM bad) AND ${good} GROUP BY 1)
    SELECT caller, good.at AS "goodAt", count(*) FILTER (WHERE ${isAfter})::float8 AS calls,
      min(bad.at) FILTER (WHERE ${isAfter}) AS "firstAt", max(bad.at) FILTER (WHERE ${isAfter}) AS "lastAt",
      (array_agg(bad.request_id ORDER BY bad.at DESC) FILTER (WHERE ${isAfter}))[1] AS "lastId"
    FROM good FULL JOIN bad USING (caller) GROUP BY caller, good.at`
  return rows.map(({ caller, goodAt, calls, firstAt, lastAt, lastId }) => ({
    caller,
    goodAt: goodAt ?? undefined,
    bad: firstAt && lastAt && lastId !== null ? { firstAt, lastAt, lastId, calls } : undefined,
  }))
}

type Row = {
  caller: string
  goodAt: Date | null
  calls: number
  firstAt: Date | null
  lastAt: Date | null
  lastId: string | null
}

/** The record of a call of which its moment is known. */
export const callAt = (
  database: Queries,
  applicationId: string,
  { lastAt, lastId }: { lastAt: Date; lastId: string },
): Promise<CallRecord | null> =>
  database.callRecord.findFirst({ where: { applicationId, at: lastAt, requestId: lastId } })
