import type { Queries } from '../database/queries.ts'

/** Records that one statement removes: of a bound that was made much lower, all at once would take longer than a statement may. */
const step = 5_000

/**
 * Removes all but the last `most` records of an application, step by step, and tells how many each step removed. Returns false if another
 * server is at it: two that remove the same records could wait for each other.
 */
export async function trimCalls(
  database: Queries,
  applicationId: string,
  { most, onStep }: { most: number; onStep: (removed: number) => void },
): Promise<boolean> {
  for (;;) {
    const { isOurs, removed } = await removeStep(database, applicationId, most)
    onStep(removed)
    if (removed < step) return isOurs
  }
}

/**
 * Each record is looked up by its key: compared with the place of the first that goes, all would be read from the table, in twice the
 * time. The lock lasts as long as the statement; locked rows would need a right to update.
 */
async function removeStep(database: Queries, applicationId: string, most: number) {
  const [found] = await database.$queryRaw<[{ isOurs: boolean; removed: number }]>`
    WITH turn AS MATERIALIZED (
      SELECT pg_try_advisory_xact_lock(hashtextextended('call_record ' || ${applicationId}::text, 0)) AS ours),
    gone AS (
      DELETE FROM call_record
      WHERE (SELECT ours FROM turn) AND application_id = ${applicationId} AND (at, request_id) IN (
        SELECT at, request_id FROM call_record WHERE application_id = ${applicationId}
        ORDER BY at DESC, request_id DESC OFFSET ${most} LIMIT ${step})
      RETURNING 1)
    SELECT (SELECT ours FROM turn) AS "isOurs", (SELECT count(*)::int FROM gone) AS removed`
  return found
}

/** What the table holds: its rows as PostgreSQL estimates them, and its bytes on disk with its index. */
export type CallTable = { rows: number; bytes: number }

/**
 * Gives the room of removed records back to the table, so that it stays as large as what it holds. PostgreSQL does so by itself
 * once in a while, too late for a table that turns over in a minute; another server that does it already is not waited for. A
 * role that is not the owner may not, and then PostgreSQL's own time counts.
 */
export async function reuseRoom(database: Queries): Promise<CallTable> {
  await database.$executeRaw`VACUUM (SKIP_LOCKED, TRUNCATE false) call_record`
  const [table] = await database.$queryRaw<[CallTable]>`
    SELECT greatest(reltuples, 0)::float8 AS rows, pg_total_relation_size(oid)::float8 AS bytes
    FROM pg_class WHERE oid = to_regclass('call_record')`
  return table
}
