import { hash } from 'node:crypto'
import type { Session } from '../database/connection/session.ts'
import { lineOf, rowOf } from './owned-tables.ts'

/**
 * How many rows a table has, and the sum of the first 60 bits of each row's SHA-256, in hexadecimal. A sum does not depend on
 * the order of the rows, so a database finds it without sorting; it notices accidents, not forgers.
 */
export type Digest = { rows: number; hash: string }

/** A digest that grows line by line. */
export type Tally = { rows: number; sum: bigint }

const hexDigits = 15

export function addLine(tally: Tally, line: string): void {
  tally.rows++
  tally.sum += BigInt(`0x${hash('sha256', line, 'hex').slice(0, hexDigits)}`)
}

export const digestOf = ({ rows, sum }: Tally): Digest => ({ rows, hash: sum.toString(16) })

export const sameDigest = (one: Digest | undefined, other: Digest | undefined) =>
  one !== undefined && one.rows === other?.rows && one.hash === other.hash

/** The digest of what a table holds now, found by the database itself. */
export async function tableDigest(session: Session, table: string, columns: readonly string[]): Promise<Digest> {
  const bits = `substr(encode(sha256(convert_to(${lineOf(columns)}, 'UTF8')), 'hex'), 1, ${hexDigits})`
  const [rows, sum] = await rowOf(
    session,
    `SELECT count(*)::text, coalesce(sum(('x' || ${bits})::bit(${hexDigits * 4})::bigint), 0)::text FROM ${table}`,
  )
  return { rows: Number(rows), hash: BigInt(String(sum)).toString(16) }
}
