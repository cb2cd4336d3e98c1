import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { boundAnswer } from './bound-answer.ts'
import { beginReading, foreignConnection, nameForeignFault, tooLargeAnswer } from './foreign-query.ts'

/** A table that a query reads as a whole, and about how many rows it has. */
export type WholeTable = { table: string; rows: number }

/** A node of a plan, as EXPLAIN writes it. */
type PlanNode = {
  'Node Type': string
  Schema?: string
  'Relation Name'?: string
  'Index Cond'?: string
  Filter?: string
  'Order By'?: string
  Plans?: PlanNode[]
}

/**
 * The tables that a query on somebody else's PostgreSQL reads as a whole, whatever its parameters are. The query is planned and
 * not run: EXPLAIN, of a statement with a plan for any value. Throws ForeignQueryFault.
 */
export async function wholeTablesOf(databaseUrl: string, query: string, parameters: number): Promise<WholeTable[]> {
  const client = new Client(foreignConnection(databaseUrl))
  client.on('error', () => {})
  // Behind a pooler, the next session may find what this one left.
  const name = `tracker_links_${randomBytes(6).toString('hex')}`
  try {
    await client.connect()
    boundAnswer(client, tooLargeAnswer)
    await client.query(`${beginReading}; SET LOCAL plan_cache_mode = force_generic_plan`)
    // Extended, a message holds one statement: nothing behind a semicolon is run.
    const prepare = { text: `PREPARE ${name} AS ${query}`, queryMode: 'extended' }
    await client.query(prepare)
    const values = parameters > 0 ? `(${Array.from({ length: parameters }, () => 'NULL').join(', ')})` : ''
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE ${name}${values}`,
    )
    await client.query(`DEALLOCATE ${name}`)
    const scans = rows.flatMap(row => readAsWhole(row['QUERY PLAN'][0].Plan))
    return await Promise.all(scans.map(scan => sized(client, scan)))
  } catch (error) {
    throw nameForeignFault(error)
  } finally {
    await client.end().catch(() => {})
  }
}

type Scan = { schema: string; relation: string }

/** What a plan reads from the first row to the last one. */
function readAsWhole(node: PlanNode): Scan[] {
  const { 'Node Type': type, Schema: schema, 'Relation Name': relation, Plans: plans = [] } = node
  // An index without a condition is read to its end, too, if rows are left out afterwards.
  const isWhole = type === 'Seq Scan' || (/^Index (Only )?Scan$/.test(type) && isUnconditional(node))
  const own = isWhole && schema !== undefined && relation !== undefined ? [{ schema, relation }] : []
  return [...own, ...plans.flatMap(readAsWhole)]
}

const isUnconditional = (node: PlanNode) =>
  node['Index Cond'] === undefined && node['Order By'] === undefined && node.Filter !== undefined

/** With the rows that the planner would take it to have: as many for each byte as when they were last counted. */
async function sized(client: Client, { schema, relation }: Scan): Promise<WholeTable> {
  const { rows } = await client.query<{ rows: number }>(
    `SELECT CASE WHEN c.reltuples > 0 AND c.relpages > 0
              THEN c.reltuples::float8 / c.relpages * pg_relation_size(c.oid) / current_setting('block_size')::int
              ELSE pg_relation_size(c.oid) / 100.0 END::float8 AS rows
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, relation],
  )
  return { table: `${schema}.${relation}`, rows: Math.round(rows[0]?.rows ?? 0) }
}
