import type { Session } from '../database/connection/session.ts'
import { closingCheck, type EventPartition, readEventTable } from './event-partitions.ts'
import { inTurn } from './in-turn.ts'

/**
 * How far the end of a partition is from the last number. Numbers are given while its rows are checked, and none must reach the
 * end before that is done; afterwards they go on from there. 9 × 10^18 of them are enough for that.
 */
const room = 1_000_000_000n

/**
 * Gives the last partition an end, and begins the next one there. In three steps, each a transaction that a kill may come after:
 * the next run goes on from what it finds. Writers wait for a few milliseconds in the first and in the last. False if the table
 * stays in use; then the next run tries again.
 */
export async function closeLastPartition(session: Session): Promise<boolean> {
  for (const step of [bound, check, replace])
    if ((await inTurn(session, () => step(session))) === undefined) return false
  return true
}

/** New rows are checked from now on, those that are there by the next step. */
async function bound(session: Session): Promise<true> {
  const last = await lastPartition(session)
  if (last.closing) return true
  const number = await session.query<{ last: string }>('SELECT last_value AS last FROM link_event_id_seq')
  const end = (BigInt(number.rows[0]?.last ?? 0) / room + 2n) * room
  // In the form in which PostgreSQL concludes the bounds of a partition from it.
  const rule = [...(last.from === undefined ? [] : [`id >= ${last.from}`]), `id < ${end}`].join(' AND ')
  await session.query(`ALTER TABLE ${last.name} ADD CONSTRAINT ${closingCheck} CHECK (${rule}) NOT VALID`)
  return true
}

/** Reads the whole partition, while others write to it. */
async function check(session: Session): Promise<true> {
  const { name, closing } = await lastPartition(session)
  if (closing && !closing.isChecked) await session.query(`ALTER TABLE ${name} VALIDATE CONSTRAINT ${closingCheck}`)
  return true
}

/** Nobody has a number and no row for it at this moment: a number is taken by who holds a lock on the table. */
async function replace(session: Session): Promise<true> {
  const { name, from, closing } = await lastPartition(session)
  // Another process was faster.
  if (!closing) return true
  await session.query('LOCK TABLE ONLY link_event IN ACCESS EXCLUSIVE MODE')
  const end = closing.to
  const { rows } = await session.query<{ owner: string }>(
    `SELECT quote_ident(pg_get_userbyid(relowner)) AS owner FROM pg_class WHERE oid = 'link_event'::regclass`,
  )
  for (const statement of [
    `ALTER TABLE link_event DETACH PARTITION ${name}`,
    // Not read again, because of the CHECK.
    `ALTER TABLE link_event ATTACH PARTITION ${name} FOR VALUES FROM (${from ?? 'MINVALUE'}) TO (${end})`,
    `CREATE TABLE link_event_${end} PARTITION OF link_event FOR VALUES FROM (${end}) TO (MAXVALUE)`,
    // A role that is a member of the owner may make it as well.
    `ALTER TABLE link_event_${end} OWNER TO ${rows[0]?.owner}`,
    // Unlike setval this is undone if the transaction is.
    `ALTER SEQUENCE link_event_id_seq RESTART WITH ${end}`,
    `ALTER TABLE ${name} DROP CONSTRAINT ${closingCheck}`,
  ])
    await session.query(statement)
  return true
}

async function lastPartition(session: Session): Promise<EventPartition> {
  const { partitions } = await readEventTable(session)
  return partitions.at(-1) as EventPartition
}
