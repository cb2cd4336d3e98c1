import { randomUUID } from 'node:crypto'
import type { Queries } from '../database/queries.ts'
import { Prisma } from '../prisma-client/client.ts'
import type { LinkMirrorModel, ReconciliationRunModel } from '../prisma-client/models.ts'

/**
 * Claims: how several processes share the rows that are to be worked on, one at a time for each row.
 *
 * A claim writes a lease (`lease_until`) and a fencing token (`lease_token`) into a row that is due (`next_at`). Until the lease
 * is over no other process gets the row; whoever stores what came of the work names the token, and stores nothing if the row has
 * another by then: its process was taken for dead, and somebody else has begun anew. Only the database's clock counts. It may
 * jump: a lease that ends later than any may was written before the clock went back, and counts as over.
 *
 * A claim is a short statement of its own. The work is done outside of any transaction.
 */

/** Seconds. Work of a process that died is taken over within 30 s. */
export const longestLease = 25
/** No lease is further ahead, unless the clock went back. A statement that began before a claim was committed sees it from earlier. */
const furthestAhead = Prisma.raw(`interval '${longestLease + 5} s'`)

type Rows = { link_mirror: LinkMirrorModel; reconciliation_run: ReconciliationRunModel }
export type ClaimTable = keyof Rows

/** The key of a row, by the names of its columns. */
export type ClaimKey<Table extends ClaimTable> = Table extends 'link_mirror'
  ? { application_id: string; issue_key: string; remote_key: string }
  : { id: string }

const keyColumns = {
  link_mirror: ['application_id', 'issue_key', 'remote_key'],
  reconciliation_run: ['id'],
} as const satisfies Record<ClaimTable, readonly string[]>

/** A row as it was before the claim, with the claim's token. `formerToken`: of a process that did not finish; else null. */
export type Claimed<Table extends ClaimTable> = Omit<Rows[Table], 'leaseToken' | 'leaseUntil'> & {
  leaseToken: string
  formerToken: string | null
}

export type Claim<Table extends ClaimTable> = {
  table: Table
  /** Which rows, besides being due; columns without a table's name. */
  where?: Prisma.Sql
  /** At most so many, the longest due first. */
  limit: number
  /** `longestLease` at most. */
  leaseSeconds: number
  /** What else the claim writes: `, in_doubt = false`. */
  set?: Prisma.Sql
  /** The name of the statement, if its text is always the same: it is then planned once, see connect.ts. */
  name?: string
}

/** No lease, or one that is over. */
export const isFree = Prisma.sql`(lease_until IS NULL OR lease_until <= now()
  OR lease_until > now() + ${furthestAhead})`

/** Claims rows that are due and that nobody works on. Waits for nobody: a row that is locked is left out. */
export async function claimDue<Table extends ClaimTable>(
  database: Queries,
  { table, where = Prisma.sql`true`, limit, leaseSeconds, set = Prisma.empty, name }: Claim<Table>,
): Promise<Claimed<Table>[]> {
  const token = randomUUID()
  const rowsOf = Prisma.raw(table)
  const comment = Prisma.raw(name === undefined ? '' : `/* ${name} */`)
  const sameKey = Prisma.raw(keyColumns[table].map(column => `claimed.${column} = due.${column}`).join(' AND '))
  const rows = await database.$queryRaw<Record<string, unknown>[]>`${comment}
    WITH due AS MATERIALIZED (
      SELECT * FROM (
        SELECT * FROM ${rowsOf} WHERE next_at <= now() AND ${isFree} AND (${where})
        ORDER BY next_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
      ) AS locked
    )
    UPDATE ${rowsOf} AS claimed
    SET lease_token = ${token}, lease_until = now() + ${`${Math.min(leaseSeconds, longestLease)} s`}::interval${set}
    FROM due WHERE ${sameKey}
    RETURNING due.*`
  return rows.map(row => {
    const { leaseToken: formerToken, leaseUntil: _, ...rest } = inCamelCase(row)
    return { ...rest, leaseToken: token, formerToken } as Claimed<Table>
  })
}

/** Makes a lease last so many seconds from now on. False: it is another's by now, and so is the work. */
export async function extendLease<Table extends ClaimTable>(
  database: Queries,
  table: Table,
  key: ClaimKey<Table>,
  { token, seconds }: { token: string; seconds: number },
): Promise<boolean> {
  const extended = await database.$executeRaw`
    UPDATE ${Prisma.raw(table)} SET lease_until = now() + ${`${Math.min(seconds, longestLease)} s`}::interval
    WHERE ${isRow(key)} AND lease_token = ${token}`
  return extended > 0
}

/** Gives a row back that was not worked on. False: the lease is another's by now. */
export async function release<Table extends ClaimTable>(
  database: Queries,
  table: Table,
  key: ClaimKey<Table>,
  token: string,
): Promise<boolean> {
  const released = await database.$executeRaw`
    UPDATE ${Prisma.raw(table)} SET lease_until = NULL, lease_token = NULL
    WHERE ${isRow(key)} AND lease_token = ${token}`
  return released > 0
}

const isRow = (key: Record<string, string>) =>
  Prisma.join(
    Object.entries(key).map(([column, value]) => Prisma.sql`${Prisma.raw(column)} = ${value}`),
    ' AND ',
  )

const inCamelCase = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
