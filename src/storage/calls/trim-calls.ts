import type { Queries } from '../database/queries.ts'

/**
 * Removes all but the last `most` records of an application. Returns how many it removed. Each is looked up by its key: compared with
 * the place of the first that goes, all records would be read from the table, in twice the time.
 */
export async function trimCalls(database: Queries, applicationId: string, most: number): Promise<number> {
  return database.$executeRaw`
    DELETE FROM call_record WHERE application_id = ${applicationId} AND (at, request_id) IN (
      SELECT at, request_id FROM call_record WHERE application_id = ${applicationId}
      ORDER BY at DESC, request_id DESC OFFSET ${most})`
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
