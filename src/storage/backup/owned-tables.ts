import type { Session } from '../database/connection/session.ts'

/** The tables that hold what the owner would miss, in the order in which they stand in a backup. */
export const ownedTables = [
  'linked_object',
  'link',
  'link_event',
  'removed_event',
  'issue_alias',
  'object_alias',
  'link_mirror',
  'follower',
  'api_key',
  'audit_record',
] as const

/**
 * Tables that a move takes along and a backup does not. An answer to an idempotent request is valid for a day, and may hold a
 * new API key in plain text, which a file that is kept for years must not. The others are of the last days.
 */
export const movedTables = [
  ...ownedTables,
  'idempotent_answer',
  'mirror_stop',
  'issue_repairs',
  'reconciliation_run',
  'plan_line',
  'call_record',
  'probe_run',
  'probe_sighting',
] as const

/** Where numbers are given, and must go on: cursors of the change feed name them. */
const numbered = `pg_get_serial_sequence('link_event', 'id')`

/** The position of the events' numbers: the last one, and whether it was given. */
export type EventNumber = { last: string; given: boolean }

export async function readEventNumber(session: Session): Promise<EventNumber> {
  const [name] = await rowOf(session, `SELECT ${numbered}`)
  const [last, given] = await rowOf(session, `SELECT last_value::text, is_called FROM ${String(name)}`)
  return { last: String(last), given: given === true }
}

/** Not undone by a rollback, and harmless then: numbers may be left out. */
export async function setEventNumber(session: Session, { last, given }: EventNumber): Promise<void> {
  await session.query(`SELECT setval(${numbered}, $1, $2)`, [last, given])
}

/** The columns of a table, in their order. */
export async function columnsOf(session: Session, table: string): Promise<string[]> {
  const { rows } = await session.query<[string]>({
    text: `SELECT attname::text FROM pg_attribute
           WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    values: [table],
    rowMode: 'array',
  })
  return rows.map(([name]) => name)
}

/** SQL for a row as a line: a JSON array of PostgreSQL's own texts, so that no digit of a number or moment is lost. */
export const lineOf = (columns: readonly string[]) =>
  `json_build_array(${columns.map(column => `"${column}"::text`).join(', ')})::text`

export async function countRows(session: Session, table: string): Promise<number> {
  const [count] = await rowOf(session, `SELECT count(*)::text FROM ${table}`)
  return Number(count)
}

/** The first row of an answer, as an array. */
export async function rowOf(session: Session, text: string): Promise<unknown[]> {
  const { rows } = await session.query<unknown[]>({ text, rowMode: 'array' })
  return rows[0] ?? []
}
