import type { StorageLog } from '../storage-log.ts'
import { openConnection } from './connect.ts'
import { readDatabaseFault } from './database-fault.ts'

/** How a database is: `silent` answers nothing at all, `unusable` answers but takes no changes, or not of ours. */
export type DatabaseHealth = 'ready' | 'unusable' | 'silent'

/** Milliseconds until a database that has not answered is called silent. */
export const probePatience = 900

/**
 * Asks a database how it is, over a connection of its own: one whose other connections are all at work is not away. However
 * many ask at the same moment, it is asked once. The answer comes within `probePatience`.
 */
export function databaseProbe(databaseUrl: string, log: StorageLog) {
  const connection = openConnection({ databaseUrl, log, limitSessions: false, patience: probePatience })
  let question: Promise<DatabaseHealth> | undefined
  const ask = async (): Promise<DatabaseHealth> => {
    try {
      // Fails where the table is not there.
      const sql = `SELECT NOT current_setting('transaction_read_only')::boolean, EXISTS (SELECT FROM link)`
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
