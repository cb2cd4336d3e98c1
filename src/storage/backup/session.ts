import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode } from '../../errors/error-code.ts'
import type { Session } from '../database/connection/session.ts'
import { StorageFault } from '../database/storage-fault.ts'

/** Begins a transaction that may take long, and in which every value has one form as text. `mode` as after BEGIN. */
export async function begin(session: Session, mode = ''): Promise<void> {
  await session.query(`BEGIN ${mode}`)
  await session.query(`
    SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL bytea_output = 'hex'`)
}

/** How long one try waits for a lock, and how often it is tried: writers queue behind a lock that is waited for. */
const lockTries = { milliseconds: 1_000, most: 30, pause: 200 }

/**
 * Begins a transaction that holds locks on tables. Writers that are open now are waited for, for at most a second at a time.
 * Throws StorageFault `database-busy`.
 */
export async function beginWithLocks(
  session: Session,
  tables: readonly string[],
  mode: 'SHARE' | 'SHARE ROW EXCLUSIVE',
): Promise<void> {
  for (let tries = 1; ; tries++) {
    await begin(session)
    try {
      await session.query(`SET LOCAL lock_timeout = ${lockTries.milliseconds}`)
      await session.query(`LOCK TABLE ${tables.join(', ')} IN ${mode} MODE`)
      await session.query('SET LOCAL lock_timeout = 0')
      return
    } catch (error) {
      if (!['55P03', '40P01'].includes(errorCode(error))) throw error
      await session.query('ROLLBACK')
      if (tries === lockTries.most)
        throw new StorageFault(
          'database-busy',
          'A transaction that changes links has stayed open for half a minute, and nothing can be read consistently before it ends. Look for it in pg_stat_activity, end it, and try again. Nothing was changed.',
          error,
        )
      await sleep(lockTries.pause)
    }
  }
}
