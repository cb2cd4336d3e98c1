import { setTimeout as sleep } from 'node:timers/promises'
import type { SqlDriverAdapter, Transaction } from '@prisma/driver-adapter-utils'
import { openConnection } from '../connection/connect.ts'
import type { StorageLog } from '../storage-log.ts'
import { applyMigration, execute, isInUse } from './apply-migration.ts'
import { type Migration, readMigrations } from './migration-files.ts'
import { refuseMissingRights, refuseUnreadableSchema } from './refuse-missing-rights.ts'
import { type SchemaState, schemaState } from './schema-state.ts'

// Any number that no other program takes: this one is "tracker_links" on a telephone's keys, cut to 32 bits.
export const migrationLock = 1_872_253_777

/**
 * Brings the database to the schema of this version of the program; returns the names of what it applied. Each migration is
 * applied as a whole or not at all, and only once when many processes do it at once: one works, the others wait and find it
 * done. Throws StorageFault.
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
    if (state.current) return { applied: [] }
    const applied: string[] = []
    for (;;) {
      const name = await applyNext(connection, migrations, options.log)
      if (name === undefined) return { applied }
      applied.push(name)
    }
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

/** Milliseconds between two tries to lock a table that is in use, longer than callers wait in the queue behind one. */
const pause = 1_000

/** Applies the first migration that is missing, in a transaction of its own. Returns its name; undefined if none is. */
async function applyNext(connection: SqlDriverAdapter, migrations: readonly Migration[], log: StorageLog) {
  for (let tries = 0; ; tries++) {
    try {
      return await applyInTransaction(connection, migrations, log)
    } catch (error) {
      if (!isInUse(error)) throw error
      if (tries % 30 === 0)
        log.warn('A table that a migration changes is in use: trying again until it is free (see pg_stat_activity)')
      await sleep(pause)
    }
  }
}

async function applyInTransaction(connection: SqlDriverAdapter, migrations: readonly Migration[], log: StorageLog) {
  const transaction = await connection.startTransaction()
  try {
    await takeLock(transaction, log)
    const state = await schemaState(transaction, migrations)
    const next = migrations.find(({ name }) => state.missing.includes(name))
    if (next) {
      await refuseMissingRights(transaction)
      await applyMigration(transaction, next)
    }
    await execute(transaction, 'COMMIT')
    await transaction.commit()
    return next?.name
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
  for (const limit of ['statement_timeout', 'idle_in_transaction_session_timeout'])
    await execute(transaction, `SET LOCAL ${limit} = 0`)
  // Everybody who needs a table queues behind a lock on it that is waited for, and callers wait 2 s for one.
  await execute(transaction, `SET LOCAL lock_timeout = '1s'`)
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
