import { setTimeout as sleep } from 'node:timers/promises'
import type { SqlDriverAdapter, SqlQueryable, Transaction } from '@prisma/driver-adapter-utils'
import { openConnection } from '../connection/connect.ts'
import { StorageFault } from '../storage-fault.ts'
import type { StorageLog } from '../storage-log.ts'
import { type Migration, readMigrations } from './migration-files.ts'
import { type SchemaState, schemaState } from './schema-state.ts'

// Any number will do that nobody else takes: this one says "tracker_links" on a telephone's keys, cut to 32 bits.
const migrationLock = 1_872_253_777

/**
 * Brings the database to the schema of this version of the program; names what it applied. All or nothing, and safe when
 * many processes do it at once: one works, the others wait and find it done. Throws StorageFault.
 */
export async function migrate(options: {
  databaseUrl: string
  log: StorageLog
  /** The migrations to apply; those of the program where left out. */
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
    const applied = state.current ? [] : await runEngine(transaction, migrations)
    await execute(transaction, 'COMMIT')
    await transaction.commit()
    return { applied }
  } catch (error) {
    await execute(transaction, 'ROLLBACK').catch(() => {})
    await transaction.rollback()
    throw error
  }
}

// A server works on for a client that was killed, and its lock stays, unless it looks whether the client is still there. Not
// every server can.
const endWithClient = `DO $$ BEGIN
  SET LOCAL client_connection_check_interval = '1s';
EXCEPTION WHEN OTHERS THEN NULL;
END $$`

async function takeLock(transaction: Transaction, log: StorageLog): Promise<void> {
  // A migration may take long, and so may the wait for another process that migrates: the limits of ordinary work, which
  // a database may also set for everybody, do not hold here.
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

async function runEngine(transaction: Transaction, migrations: readonly Migration[]): Promise<string[]> {
  const { openSchemaEngine } = await import('./schema-engine.ts')
  const { transactionAdapter } = await import('./transaction-adapter.ts')
  const engine = await openSchemaEngine(transactionAdapter(transaction))
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: migrationList(migrations),
      filters: { externalTables: [], externalEnums: [] },
    })
    return appliedMigrationNames
  } catch (error) {
    throw migrationFault(error)
  } finally {
    engine.free()
  }
}

/** The migrations in the form that the schema engine takes. */
function migrationList(migrations: readonly Migration[]) {
  return {
    baseDir: 'prisma/migrations',
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  }
}

function migrationFault(error: unknown): StorageFault {
  const { code, message } = error as { code?: string; message: string }
  // Prisma's code for a database that holds tables, but none of ours.
  if (code === 'P3005')
    return new StorageFault(
      'schema-unknown',
      'The database holds tables of something else: give this program a database of its own. Nothing was changed.',
      error,
    )
  const migration = /migration_name="([^"]+)"/.exec(message)?.[1] ?? 'unknown'
  const told = message.split('\n').find(line => line.startsWith('Error querying')) ?? message.split('\n')[0]
  return new StorageFault(
    'migration-failed',
    `The migration ${migration} could not be applied. ${told} Nothing was changed: correct the cause and start again, or go on with the former version of the program.`,
    error,
  )
}

async function execute(database: SqlQueryable, sql: string): Promise<void> {
  await database.executeRaw({ sql, args: [], argTypes: [] })
}
