import { migrate, readSchemaState } from '../migrations/migrate.ts'
import { StorageFault } from '../storage-fault.ts'
import type { StorageLog } from '../storage-log.ts'

/** A database that a storage stands on, its schema up to date. `limitSessions` and `prepareStatements` as in connect.ts. */
export type OpenDatabase = {
  url: string
  description: string
  limitSessions: boolean
  prepareStatements: boolean
  appliedMigrations: readonly string[]
  close(): Promise<void>
}

/** `apply` brings the schema up to date, `check` refuses another one. */
export type MigrationMode = 'apply' | 'check'

/** Brings the schema up to date, or checks that it is. Returns the names of the migrations it applied. Throws StorageFault. */
export async function prepareSchema(
  databaseUrl: string,
  mode: MigrationMode,
  log: StorageLog,
): Promise<readonly string[]> {
  if (mode === 'apply') {
    const { applied } = await migrate({ databaseUrl, log })
    if (applied.length > 0) log.info({ migrations: applied }, 'The database was brought to the schema of this version')
    return applied
  }
  const { current, missing } = await readSchemaState({ databaseUrl, log })
  if (current) return []
  throw new StorageFault(
    'schema-behind',
    `The database lacks ${missing.join(', ')}: run \`tracker-links migrate\`, or start the server of this version.`,
  )
}
