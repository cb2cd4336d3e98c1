import type { DatabasePlace } from '../connection/database-reason.ts'
import { migrate, readSchemaState } from '../migrations/migrate.ts'
import { StorageFault } from '../storage-fault.ts'
import type { StorageLog } from '../storage-log.ts'

/** An open database whose schema is up to date. `limitSessions` and `prepareStatements` as in connect.ts. */
export type OpenDatabase = DatabasePlace & {
  url: string
  limitSessions: boolean
  prepareStatements: boolean
  appliedMigrations: readonly string[]
  close(): Promise<void>
}

/** `apply` brings the schema up to date; `check` refuses a database whose schema is not. */
export type MigrationMode = 'apply' | 'check'

/** Brings the schema up to date, or checks that it is. Returns the names of the migrations it applied. Throws StorageFault. */
export async function prepareSchema(
  databaseUrl: string,
  mode: MigrationMode,
  log: StorageLog,
): Promise<readonly string[]> {
  if (mode === 'apply') {
    const { applied } = await migrate({ databaseUrl, log })
    if (applied.length > 0) log.info({ migrations: applied }, 'The database schema was brought up to date')
    return applied
  }
  const { current, missing } = await readSchemaState({ databaseUrl, log })
  if (current) return []
  throw new StorageFault(
    'schema-behind',
    `The database lacks ${missing.join(', ')}: run \`tracker-links migrate\`, or start the server of this version.`,
  )
}
