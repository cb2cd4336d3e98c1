import { errorCode } from '../../errors/error-code.ts'
import type { Session } from '../database/connection/session.ts'

// Any number that no other program takes, and that is not the lock of migrations.
export const retentionLock = 1_872_253_778

/**
 * Does work in a transaction that only one process has at a time. Undefined, with nothing changed, if another process has it or
 * if a table stays in use: everybody queues behind a lock that is waited for, so it is waited for only briefly.
 */
export async function inTurn<T>(session: Session, work: () => Promise<T>): Promise<T | undefined> {
  await session.query('BEGIN')
  try {
    await session.query(`
      SET LOCAL lock_timeout = '200ms'; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = '1min'`)
    const { rows } = await session.query<{ taken: boolean }>(
      `SELECT pg_try_advisory_xact_lock(${retentionLock}) AS taken`,
    )
    const done = rows[0]?.taken ? await work() : undefined
    await session.query('COMMIT')
    return done
  } catch (error) {
    await session.query('ROLLBACK')
    if (['55P03', '40P01'].includes(errorCode(error))) return undefined
    throw error
  }
}
