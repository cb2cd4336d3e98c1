import type { Readable, Writable } from 'node:stream'
import type { Client } from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { type BackedUpTable, plainLines } from './backup-format.ts'

/** The rows of a table as lines of JSON. */
export const readRows = (session: Client, table: BackedUpTable): Readable =>
  session.query(copyTo(`COPY (SELECT row_to_json(${table}) FROM ${table}) TO STDOUT ${plainLines}`))

/** Opens a place for lines of JSON, from which `insertRows` fills tables; it is gone with the transaction. */
export const openIncoming = (session: Client): Promise<unknown> =>
  session.query('CREATE TEMP TABLE incoming (line json) ON COMMIT DROP')

/** Takes lines of JSON. Its errors are those of whoever writes to it, or waits for its end. */
export function takeLines(session: Client): Writable {
  const lines = session.query(copyFrom(`COPY incoming FROM STDIN ${plainLines}`))
  // A session that ends in the middle fails it once more, when nobody waits any longer.
  return lines.on('error', () => {})
}

/** Fills a table with the rows that came. Fields go by their names: a field that an older version lacks stays empty. */
export async function insertRows(session: Client, table: BackedUpTable): Promise<number> {
  const { rowCount } = await session.query(
    `INSERT INTO ${table} SELECT filled.* FROM incoming, json_populate_record(NULL::${table}, line) AS filled`,
  )
  await session.query('TRUNCATE incoming')
  return rowCount ?? 0
}
