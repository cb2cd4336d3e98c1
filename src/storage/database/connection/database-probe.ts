import type { StorageLog } from '../storage-log.ts'
import { openConnection } from './connect.ts'
import { readDatabaseFault } from './database-fault.ts'

/** How a database is: `silent` does not answer at all, `unusable` answers but takes no changes, or lacks our tables. */
export type DatabaseHealth = 'ready' | 'unusable' | 'silent'

/** Milliseconds after which a database that has not answered counts as silent. */
export const probeTimeout = 900

/**
 * Probes a database over a connection of its own: if all others are busy, it is still not away. At most one probe is in
 * flight, however many callers wait for it. The answer comes within `probeTimeout`.
 */
export function databaseProbe(databaseUrl: string, log: StorageLog) {
  const connection = openConnection({ databaseUrl, log, limitSessions: false, timeout: probeTimeout })
  let question: Promise<DatabaseHealth> | undefined
  const ask = async (): Promise<DatabaseHealth> => {
    try {
      // Fails if the table does not exist. A database that was moved refuses changes by a trigger.
      const sql = `SELECT NOT current_setting('transaction_read_only')::boolean AND NOT EXISTS (
        SELECT FROM pg_trigger WHERE tgrelid = 'link'::regclass AND tgname = 'tracker_links_moved'), EXISTS (SELECT FROM link)`
      const { rows } = await (await connection).queryRaw({ sql, args: [], argTypes: [] })
      return rows[0]?.[0] === true ? 'ready' : 'unusable'
    } catch (error) {
      return readDatabaseFault(error)?.kind === 'SocketTimeout' ? 'silent' : 'unusable'
    } finally {
      question = undefined
    }
  }
  return {
    health: (): Promise<DatabaseHealth> => {
      question ??= ask()
      return question
    },
    close: async () => (await connection).dispose(),
  }
}
