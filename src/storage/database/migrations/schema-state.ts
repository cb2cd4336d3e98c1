import type { SqlQueryable } from '@prisma/driver-adapter-utils'
import { StorageFault } from '../storage-fault.ts'
import type { Migration } from './migration-files.ts'

/** How the schema of a database compares with the migrations that the program brings. */
export type SchemaState = { current: boolean; empty: boolean; missing: string[]; changed: string[] }

type Applied = { name: string; checksum: string; finished: boolean; rolledBack: boolean }

/**
 * Compares; `empty` if none was ever applied, `missing` are yet to be applied, `changed` were edited after they were applied. Throws StorageFault
 * `schema-newer` if the database knows a migration that the program does not, `migration-half-applied` if another tool began
 * one and did not finish it, `database-moved` if `tracker-links move` has left it behind.
 */
export async function schemaState(database: SqlQueryable, migrations: readonly Migration[]): Promise<SchemaState> {
  await refuseMoved(database)
  const applied = (await readApplied(database)).filter(row => !row.rolledBack)
  const known = new Set(migrations.map(migration => migration.name))
  const unknown = applied.filter(row => !known.has(row.name)).map(row => row.name)
  if (unknown.length > 0)
    throw new StorageFault(
      'schema-newer',
      `The database was migrated by a newer version of this program: it has ${unknown.join(', ')}, which this version does not know. Start that newer version, or restore the backup that was made before it. Nothing was changed.`,
    )
  const unfinished = applied.filter(row => !row.finished).map(row => row.name)
  if (unfinished.length > 0)
    throw new StorageFault(
      'migration-half-applied',
      `The migration ${unfinished.join(', ')} was begun in this database by another tool and did not finish. Look at what it did, complete or undo it by hand, and note that with \`prisma migrate resolve --applied\` or \`--rolled-back\`. Nothing was changed.`,
    )
  const checksums = new Map(applied.map(row => [row.name, row.checksum]))
  const missing = migrations.filter(({ name }) => !checksums.has(name)).map(({ name }) => name)
  const changed = migrations.filter(({ name, checksum }) => (checksums.get(name) ?? checksum) !== checksum)
  return {
    current: missing.length === 0,
    empty: applied.length === 0,
    missing,
    changed: changed.map(({ name }) => name),
  }
}

async function refuseMoved(database: SqlQueryable): Promise<void> {
  const [[to] = []] = await select(
    database,
    `SELECT obj_description(oid, 'pg_proc') FROM pg_proc
     WHERE proname = 'tracker_links_moved' AND pronamespace = current_schema()::regnamespace`,
  )
  if (typeof to === 'string')
    throw new StorageFault(
      'database-moved',
      `This database was moved to ${to} and takes no more changes. Set DATABASE_URL to that database and start again. Nothing was changed.`,
    )
}

async function readApplied(database: SqlQueryable): Promise<Applied[]> {
  // Looked up first: the error of a missing table would end the transaction that this may be part of.
  if (!(await isNoted(database))) return []
  const rows = await select(
    database,
    'SELECT migration_name, checksum, finished_at IS NOT NULL, rolled_back_at IS NOT NULL FROM _prisma_migrations',
  )
  return rows.map(([name, checksum, finished, rolledBack]) => ({
    name: String(name),
    checksum: String(checksum),
    finished: finished === true,
    rolledBack: rolledBack === true,
  }))
}

/**
 * Whether the table exists in which migrations are noted. Read from the catalog: `to_regclass` answers from a cache that within
 * a transaction may not have heard of another one that just ended.
 */
export async function isNoted(database: SqlQueryable): Promise<boolean> {
  const [[found] = []] = await select(
    database,
    `SELECT EXISTS (SELECT FROM pg_class WHERE relname = '_prisma_migrations' AND relnamespace = current_schema()::regnamespace)`,
  )
  return found === true
}

async function select(database: SqlQueryable, sql: string): Promise<unknown[][]> {
  return (await database.queryRaw({ sql, args: [], argTypes: [] })).rows
}
