import type { SqlQueryable } from '@prisma/driver-adapter-utils'
import { readDatabaseFault } from '../connection/database-fault.ts'

/**
 * Remembers that a statement failed for a reason that may fail every change: a full disk, a database that became read-only, a
 * right that was taken away. Reading goes on then, so no question that reads would find it out.
 */
export type WriteFaults = { last: unknown; triedAt: number }

const full = '53100'
const states: ReadonlySet<string | undefined> = new Set([full, '25006', '42501'])

export function noteFault(faults: WriteFaults, error: unknown): void {
  if (states.has(readDatabaseFault(error)?.sqlState)) faults.last = error
}

/** Milliseconds between two trials: each makes some work for a database in trouble, or a little for one in none. */
const pauses = { inTrouble: 1_000, otherwise: 10_000 }

/**
 * Rows that do not fit into memory: PostgreSQL puts some 300 kB into a file, and removes it at once. While a disk fills up, the
 * tables may have room left or get it from a vacuum, so that one write succeeds and the next one fails; a new file does not lie.
 */
const space = `
  BEGIN;
  SET LOCAL work_mem = '64kB';
  SELECT count(*) FROM generate_series(1, 20000);
  ROLLBACK`

// So many rows need pages that the tables do not have yet: one row may still find room where the next ones do not. The
// application is one that nobody can configure, the ids are none that the sequence gives, and nothing of it is ever committed.
const trial = `
  BEGIN;
  INSERT INTO link (application_id, issue_key, remote_key)
    SELECT ' ', 'TRIAL-1', rpad(number::text, 200, '.') FROM generate_series(1, 300) AS numbers (number);
  INSERT INTO link_event (application_id, id, kind, issue_key, remote_key, actor_kind)
    SELECT ' ', 9223372036854775807 - number, 'created', 'TRIAL-1', rpad(number::text, 200, '.'), 'tracker' FROM generate_series(1, 300) AS numbers (number);
  ROLLBACK`

/** The fault that still holds, after a trial; undefined once changes are taken again. A disk that is full is found without one. */
export async function faultThatHolds(faults: WriteFaults, database: SqlQueryable): Promise<unknown> {
  const pause = faults.last === undefined ? pauses.otherwise : pauses.inTrouble
  if (performance.now() - faults.triedAt < pause) return faults.last
  faults.triedAt = performance.now()
  const found = await run(database, space)
  if (isFull(found)) faults.last = found
  else if (faults.last !== undefined) faults.last = await run(database, trial)
  return faults.last
}

/** Something else may forbid a file, such as `temp_file_limit`. */
const isFull = (error: unknown) => readDatabaseFault(error)?.sqlState === full

/** The error of a script, if there is one. A connection left in a failed transaction is closed, see connect.ts. */
const run = (database: SqlQueryable, sql: string): Promise<unknown> =>
  // Without arguments the server takes a whole script.
  database.executeRaw({ sql, args: [], argTypes: [] }).then(
    () => undefined,
    (error: unknown) => error,
  )
