import type { SqlQueryable } from '@prisma/driver-adapter-utils'
import type { Queries } from '../queries.ts'

/**
 * Runs a statement and returns its rows. A comment at its start is its name in the database, see connect.ts. Its parameters and
 * columns are texts, whole numbers up to 2^31 and floating-point numbers, truth values, or arrays of these: both ways below give the
 * same for them.
 */
export type RunStatement = <Row>(sql: string, values: Value[]) => Promise<Row[]>

type Value = string | number | null | readonly string[] | readonly number[]

const ofPools = new WeakMap<Queries, RunStatement>()

/**
 * What runs the statements that a call of Tracker waits for, or that are asked all the time. Those of a database go to its pool:
 * Prisma's engine, which they do not need, takes twice as long as the driver. Only Prisma knows the connection of a transaction, so
 * those of one go through it.
 */
export const statementsOf = (queries: Queries): RunStatement =>
  ofPools.get(queries) ?? ((sql, values) => queries.$queryRawUnsafe(sql, ...values))

/** Statements of a database run on the pool that `open` returns. */
export function runOnPool(database: Queries, open: () => Promise<SqlQueryable>): void {
  ofPools.set(database, async <Row>(sql: string, values: Value[]) => {
    const pool = await open()
    const { columnNames, rows } = await pool.queryRaw({ sql, args: values, argTypes: values.map(() => asItIs) })
    return rows.map(row => rowOf(columnNames, row) as Row)
  })
}

/** No value needs to be written in another way than the driver does. */
const asItIs = { scalarType: 'unknown', arity: 'scalar' } as const

function rowOf(names: readonly string[], values: readonly unknown[]): object {
  const row: Record<string, unknown> = {}
  for (const [index, name] of names.entries()) row[name] = values[index]
  return row
}
