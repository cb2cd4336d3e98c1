import { setTimeout as sleep } from 'node:timers/promises'
import type { Queries } from '../database/queries.ts'

/** Milliseconds between two checks of the writers: the first pause and the longest. */
const pauses = { first: 2, longest: 50 }

/**
 * Waits until all transactions that write one of these tables now have ended; false if that takes longer than `longestWait`
 * milliseconds. A statement holds its lock before it looks at any row: one that begins later sees what was committed before the call.
 */
export async function untilWritersEnd(
  database: Queries,
  tables: readonly ('link' | 'link_event' | 'link_mirror')[],
  longestWait: number,
): Promise<boolean> {
  const end = performance.now() + longestWait
  let pause = pauses.first
  let writers = await openWriters(database, tables)
  while (writers.length > 0) {
    if (performance.now() > end) return false
    await sleep(pause)
    pause = Math.min(2 * pause, pauses.longest)
    const open = new Set(await openWriters(database, tables))
    writers = writers.filter(writer => open.has(writer))
  }
  return true
}

/** The open transactions that write the tables, each by an id that PostgreSQL gives to no other transaction. */
async function openWriters(database: Queries, tables: readonly string[]): Promise<string[]> {
  const rows = await database.$queryRaw<{ writer: string }[]>`
    /* open writers */
    SELECT virtualtransaction AS writer FROM pg_locks
    WHERE locktype = 'relation' AND relation = ANY (${[...tables]}::text[]::regclass[]) AND mode = 'RowExclusiveLock'
      AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  return rows.map(({ writer }) => writer)
}
