import { randomUUID } from 'node:crypto'
import type { SqlQueryable, Transaction } from '@prisma/driver-adapter-utils'
import { StorageFault } from '../storage-fault.ts'
import type { Migration } from './migration-files.ts'
import { isNoted } from './schema-state.ts'

/**
 * Applies migrations in their order, and notes each in Prisma's own table, exactly as Prisma does: its tools go on working
 * with the database. All within a transaction that the caller commits. Throws StorageFault `schema-unknown`,
 * `migration-failed`.
 */
export async function applyMigrations(transaction: Transaction, migrations: readonly Migration[]): Promise<string[]> {
  if (!(await isNoted(transaction))) {
    await refuseForeignTables(transaction)
    await execute(transaction, notesTable)
  }
  for (const migration of migrations) await applyMigration(transaction, migration)
  return migrations.map(({ name }) => name)
}

// As Prisma 7 makes it.
const notesTable = `
  CREATE TABLE _prisma_migrations (
    id                  varchar(36)  PRIMARY KEY NOT NULL,
    checksum            varchar(64)  NOT NULL,
    finished_at         timestamptz,
    migration_name      varchar(255) NOT NULL,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz  NOT NULL DEFAULT now(),
    applied_steps_count integer      NOT NULL DEFAULT 0
  )`

async function refuseForeignTables(transaction: Transaction): Promise<void> {
  // Tables that belong to an extension are nobody's data.
  const foreign = `
    SELECT EXISTS (
      SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'f')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e'))`
  const { rows } = await transaction.queryRaw({ sql: foreign, args: [], argTypes: [] })
  if (rows[0]?.[0] === true)
    throw new StorageFault(
      'schema-unknown',
      'The database holds tables of something else: give this program a database of its own. Nothing was changed.',
    )
}

async function applyMigration(transaction: Transaction, { name, sql, checksum }: Migration): Promise<void> {
  try {
    // Without arguments the server takes a whole script: it must not be cut at the semicolons within strings and functions.
    await execute(transaction, sql)
  } catch (error) {
    throw migrationFault(name, error)
  }
  await execute(
    transaction,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ('${randomUUID()}', '${checksum}', '${name}', now(), clock_timestamp(), 1)`,
  )
}

function migrationFault(name: string, error: unknown): StorageFault {
  const { message, cause } = error as { message: string; cause?: { originalMessage?: string } }
  return new StorageFault(
    'migration-failed',
    `The migration ${name} could not be applied. The database says: ${cause?.originalMessage ?? message}. Nothing was changed: correct the cause and start again, or go on with the former version of the program.`,
    error,
  )
}

/** Runs a statement, or a whole script, without arguments. */
export async function execute(database: SqlQueryable, sql: string): Promise<void> {
  await database.executeRaw({ sql, args: [], argTypes: [] })
}
