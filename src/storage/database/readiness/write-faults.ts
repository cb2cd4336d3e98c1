import type { SqlQueryable } from '@prisma/driver-adapter-utils'
import { readDatabaseFault } from '../connection/database-fault.ts'

/**
 * Remembers that a statement failed for a reason that may fail every change: a full disk, a database that became read-only, a
 * right that was taken away. Reading goes on then, so no question that reads would find it out.
 */
export type WriteFaults = { last: unknown; triedAt: number }

const states: ReadonlySet<string | undefined> = new Set(['53100', '25006', '42501'])

export function noteFault(faults: WriteFaults, error: unknown): void {
  if (states.has(readDatabaseFault(error)?.sqlState)) faults.last = error
}

/** Milliseconds between two trials: each makes some work for a database in trouble. */
const pause = 1_000

// So many rows need pages that the tables do not have yet: one row may still find room where the next ones do not. The
// application is one that nobody can configure, the ids are none that the sequence gives, and nothing of it is ever committed.
const trial = `
  BEGIN;
  INSERT INTO link (application_id, issue_key, remote_key)
    SELECT ' ', 'TRIAL-1', rpad(number::text, 200, '.') FROM generate_series(1, 300) AS numbers (number);
  INSERT INTO link_event (application_id, id, kind, issue_key, remote_key, actor_kind)
    SELECT ' ', 9223372036854775807 - number, 'created', 'TRIAL-1', rpad(number::text, 200, '.'), 'tracker' FROM generate_series(1, 300) AS numbers (number);
  ROLLBACK`

/** The fault that still holds, after a trial; undefined once changes are taken again. */
export async function faultThatHolds(faults: WriteFaults, database: SqlQueryable): Promise<unknown> {
  if (faults.last === undefined || performance.now() - faults.triedAt < pause) return faults.last
  faults.triedAt = performance.now()
  try {
    // Without arguments the server takes a whole script; a connection left in a failed transaction is closed, see connect.ts.
    await database.executeRaw({ sql: trial, args: [], argTypes: [] })
    faults.last = undefined
  } catch (error) {
    faults.last = error
  }
  return faults.last
}
