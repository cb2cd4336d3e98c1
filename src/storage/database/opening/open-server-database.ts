import { describePostgresAddress, postgresAddressNotes } from '../../../config/postgres-address.ts'
import { StorageFault } from '../storage-fault.ts'
import type { StorageLog } from '../storage-log.ts'
import { type MigrationMode, type OpenDatabase, prepareSchema } from './open-database.ts'
import { waitForDatabase } from './wait-for-database.ts'

/**
 * Opens a database of a PostgreSQL server. If the server is unreachable, waits for it up to `longestWait` milliseconds.
 * Throws StorageFault.
 */
export async function openServerDatabase(options: {
  databaseUrl: string
  log: StorageLog
  migrations: MigrationMode
  longestWait: number
}): Promise<OpenDatabase> {
  const { databaseUrl, log } = options
  const description = describeAddress(databaseUrl)
  const sessions = await waitForDatabase({
    databaseUrl,
    log,
    description,
    isEmbedded: false,
    longestWait: options.longestWait,
  })
  const appliedMigrations = await prepareSchema({ url: databaseUrl, description }, options.migrations, log)
  return {
    url: databaseUrl,
    description,
    isEmbedded: false,
    ...sessions,
    appliedMigrations,
    close: () => Promise.resolve(),
  }
}

/** The address without user and password, such as `PostgreSQL at db.example.com:5432/links`. */
function describeAddress(databaseUrl: string): string {
  const description = describePostgresAddress(databaseUrl)
  if (description !== undefined) return description
  const { patternErrorMessage, hint } = postgresAddressNotes
  throw new StorageFault(
    'database-address-invalid',
    `DATABASE_URL is not the address of a PostgreSQL database. ${patternErrorMessage} ${hint}`,
  )
}
