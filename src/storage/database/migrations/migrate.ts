import { setTimeout as sleep } from 'node:timers/promises'
import type { SqlDriverAdapter, Transaction } from '@prisma/driver-adapter-utils'
import { openConnection } from '../connection/connect.ts'
import type { StorageLog } from '../storage-log.ts'
import { applyMigrations, execute } from './apply-migrations.ts'
import { type Migration, readMigrations } from './migration-files.ts'
import { refuseMissingRights, refuseUnreadableSchema } from './refuse-missing-rights.ts'
import { type SchemaState, schemaState } from './schema-state.ts'

// Any number that no other program takes: this one is "tracker_links" on a telephone's keys, cut to 32 bits.
export const migrationLock = 1_872_253_777

/**
 * Brings the database to the schema of this version of the program; returns the names of what it applied. All or nothing, and
 * safe when many processes do it at once: one works, the others wait and find it done. Throws StorageFault.
 */
export async function migrate(options: {
  databaseUrl: string
  log: StorageLog
  /** The migrations to apply; those of the program if left out. */
  migrations?: readonly Migration[]
}): Promise<{ applied: string[] }> {
  const migrations = options.migrations ?? (await readMigrations())
  return await withConnection(options, async connection => {
    const state = await schemaState(connection, migrations)
    for (const name of state.changed)
      options.log.warn(
        { migration: name },
        'A migration was edited after it was applied; the database has its old form',
      )
    return state.current ? { applied: [] } : await applyInTransaction(connection, migrations, options.log)
  })
}

/** Compares the schema of a database with this version of the program. Throws StorageFault as `schemaState` does. */
export async function readSchemaState(options: { databaseUrl: string; log: StorageLog }): Promise<SchemaState> {
  const migrations = await readMigrations()
  return await withConnection(options, connection => schemaState(connection, migrations))
}

async function withConnection<T>(
  { databaseUrl, log }: { databaseUrl: string; log: StorageLog },
  work: (connection: SqlDriverAdapter) => Promise<T>,
): Promise<T> {
  const connection = await openConnection({ databaseUrl, log, limitSessions: false })
  try {
    await refuseUnreadableSchema(connection)
    return await work(connection)
  } finally {
    await connection.dispose()
  }
}

async function applyInTransaction(connection: SqlDriverAdapter, migrations: readonly Migration[], log: StorageLog) {
  const transaction = await connection.startTransaction()
  try {
    await takeLock(transaction, log)
    const state = await schemaState(transaction, migrations)
    if (!state.current) await refuseMissingRights(transaction)
    const missing = migrations.filter(({ name }) => state.missing.includes(name))
    const applied = state.current ? [] : await applyMigrations(transaction, missing)
    await execute(transaction, 'COMMIT')
    await transaction.commit()
    return { applied }
  } catch (error) {
    await execute(transaction, 'ROLLBACK').catch(() => {})
    await transaction.rollback()
    throw error
  }
}

// PostgreSQL goes on working for a client that was killed, and keeps its lock, unless it checks that the client is still
// connected. Not every server can.
const endWithClient = `DO $$ BEGIN
  SET LOCAL client_connection_check_interval = '1s';
EXCEPTION WHEN OTHERS THEN NULL;
END $$`

async function takeLock(transaction: Transaction, log: StorageLog): Promise<void> {
  // A migration may take long, and so may the wait for another process that migrates: the time limits of ordinary work, which
  // a database may also set for all sessions, must not end it.
  for (const limit of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'])
    await execute(transaction, `SET LOCAL ${limit} = 0`)
  await execute(transaction, endWithClient)
  for (let tries = 0; !(await tryLock(transaction)); tries++) {
    if (tries % 50 === 0) log.info('Another process migrates the database: waiting for it')
    await sleep(100)
  }
}

async function tryLock(transaction: Transaction): Promise<boolean> {
  const sql = `SELECT pg_try_advisory_xact_lock(${migrationLock})`
  const { rows } = await transaction.queryRaw({ sql, args: [], argTypes: [] })
  return rows[0]?.[0] === true
}
