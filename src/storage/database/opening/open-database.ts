import type { DatabasePlace } from '../connection/database-reason.ts'
import { migrate, readSchemaState } from '../migrations/migrate.ts'
import { StorageFault } from '../storage-fault.ts'
import type { StorageLog } from '../storage-log.ts'

/** An open database whose schema is up to date. `limitSessions` and `prepareStatements` as in connect.ts. */
export type OpenDatabase = DatabasePlace & {
  url: string
  /** The absolute data folder of an embedded PostgreSQL. */
  dataDirectory?: string
  limitSessions: boolean
  prepareStatements: boolean
  appliedMigrations: readonly string[]
  close(): Promise<void>
}

/**
 * `apply` makes the data folder if there is none, and brings the schema up to date; `check` makes and changes nothing, and refuses
 * a data folder without a database, and a database whose schema is not up to date.
 */
export type MigrationMode = 'apply' | 'check'

/** Brings the schema up to date, or checks that it is. Returns the names of the migrations it applied. Throws StorageFault. */
export async function prepareSchema(
  { url: databaseUrl, description }: { url: string; description: string },
  mode: MigrationMode,
  log: StorageLog,
): Promise<readonly string[]> {
  if (mode === 'apply') {
    const { applied } = await migrate({ databaseUrl, log })
    if (applied.length > 0) log.info({ migrations: applied }, 'The database schema was brought up to date')
    return applied
  }
  const { current, missing, empty } = await readSchemaState({ databaseUrl, log })
  if (current) return []
  if (empty) throw schemaMissing(description)
  throw new StorageFault(
    'schema-behind',
    `The database lacks ${missing.join(', ')}: run \`tracker-links migrate\`, or start the server of this version.`,
  )
}

export const schemaMissing = (description: string) =>
  new StorageFault(
    'schema-missing',
    `${description} has no tables of this program; only \`serve\` and \`migrate\` make them.`,
  )
