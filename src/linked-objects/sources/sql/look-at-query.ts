import type { SourceLook } from '../upstream.ts'
import { bindQuery } from './bind-query.ts'
import type { SqlConfig } from './sql-upstream.ts'

/** PostgreSQL reads a smaller table as a whole in 2 ms, and often does so although there is an index. */
const largeTable = 10_000

/** Looks whether PostgreSQL takes a query, and whether it finds a key by an index. The query is not run. */
export async function lookAtQuery(applicationId: string, { databaseUrl, query }: SqlConfig): Promise<SourceLook> {
  const { ForeignQueryFault } = await import('../../../storage/database/connection/foreign-query.ts')
  const { wholeTablesOf } = await import('../../../storage/database/connection/foreign-plan.ts')
  const { text, names } = bindQuery(query)
  try {
    const tables = await wholeTablesOf(databaseUrl, text, names.length)
    const large = tables.filter(({ rows }) => rows > largeTable)
    return { faults: [], warnings: large.map(({ table, rows }) => tellWholeTable(applicationId, table, rows)) }
  } catch (error) {
    if (!(error instanceof ForeignQueryFault)) throw error
    if (error.reason !== 'query')
      return { faults: [], warnings: [`the query of ${applicationId} could not be looked at: ${error.message}`] }
    const hint = 'Correct the query, or the database that it asks.'
    return { faults: [{ field: 'query', rule: `PostgreSQL refuses the query: ${error.message}`, hint }], warnings: [] }
  }
}

const tellWholeTable = (applicationId: string, table: string, rows: number) =>
  `the query of ${applicationId} reads the whole table ${table} (about ${rows.toLocaleString('en-US')} rows) for each key: ` +
  'no index serves its condition. Compare the column itself, without a cast or a function, such as `WHERE id = {{id}}` with ' +
  '`keyPattern`; or create an index on what is compared'
