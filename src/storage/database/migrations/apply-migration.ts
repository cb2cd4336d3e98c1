import { randomUUID } from 'node:crypto'
import type { SqlQueryable, Transaction } from '@prisma/driver-adapter-utils'
import { readDatabaseFault } from '../connection/database-fault.ts'
import { StorageFault } from '../storage-fault.ts'
import type { Migration } from './migration-files.ts'
import { isNoted } from './schema-state.ts'
import { splitStatements } from './split-statements.ts'

/**
 * Applies a migration, statement by statement, and notes it in Prisma's own table, exactly as Prisma does: its tools go on
 * working with the database. All within a transaction that the caller commits. Throws StorageFault `schema-unknown`,
 * `migration-failed`, and what the driver throws if a table could not be locked in time.
 */
export async function applyMigration(transaction: Transaction, { name, sql, checksum }: Migration): Promise<void> {
  if (!(await isNoted(transaction))) {
    await refuseForeignTables(transaction)
    await execute(transaction, notesTable)
  }
  try {
    for (const statement of splitStatements(sql)) await execute(transaction, statement)
  } catch (error) {
    throw isInUse(error) ? error : migrationFault(name, error)
  }
  await execute(
    transaction,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ('${randomUUID()}', '${checksum}', '${name}', now(), clock_timestamp(), 1)`,
  )
}

/** Whether others held a lock for longer than `lock_timeout`, or waited for one of ours (a deadlock). */
export const isInUse = (error: unknown): boolean =>
  ['55P03', '40P01'].includes(readDatabaseFault(error)?.sqlState ?? '')

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

function migrationFault(name: string, error: unknown): StorageFault {
  const { message, cause } = error as { message: string; cause?: { originalMessage?: string } }
  return new StorageFault(
    'migration-failed',
    `The migration ${name} could not be applied. The database says: ${cause?.originalMessage ?? message}. It changed nothing; those before it stay. Correct the cause and start again.`,
    error,
  )
}

/** Runs a statement without arguments. */
export async function execute(database: SqlQueryable, sql: string): Promise<void> {
  await database.executeRaw({ sql, args: [], argTypes: [] })
}
