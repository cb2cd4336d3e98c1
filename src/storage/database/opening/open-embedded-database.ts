import { realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openConnection } from '../connection/connect.ts'
import { readDatabaseFault } from '../connection/database-fault.ts'
import { clusterPaths, embeddedDatabase } from '../embedded-postgres/cluster-paths.ts'
import { embeddedUrl } from '../embedded-postgres/embedded-url.ts'
import { startEmbeddedPostgres } from '../embedded-postgres/start-embedded-postgres.ts'
import { StorageFault } from '../storage-fault.ts'
import type { StorageLog } from '../storage-log.ts'
import { claimDataFolder, type DataFolderClaim, holdsSomething, isThere, unusable } from './data-folder.ts'
import { type MigrationMode, type OpenDatabase, prepareSchema, schemaMissing } from './open-database.ts'
import { waitForDatabase } from './wait-for-database.ts'

type EmbeddedOptions = { dataDirectory: string; log: StorageLog; migrations: MigrationMode; mustOwn: boolean }

/**
 * Opens the database in the data folder: runs PostgreSQL there, or connects to the one that another process runs there.
 * Throws StorageFault.
 */
export async function openEmbeddedDatabase(given: EmbeddedOptions): Promise<OpenDatabase> {
  const options = { ...given, dataDirectory: resolve(given.dataDirectory) }
  // Looked at first, because a claim makes the folder.
  if (options.migrations === 'check' && !(await holdsSomething(options.dataDirectory)))
    throw missing(options.dataDirectory)
  const claim = await claimDataFolder(options.dataDirectory, options)
  try {
    return claim.role === 'owner' ? await openAsOwner(claim, options) : await openAsGuest(claim, options)
  } catch (error) {
    await claim.release()
    throw isSystemError(error) ? unusable(options.dataDirectory, error) : error
  }
}

/** Such as a file that this user may not read, or a disk that is full. */
const isSystemError = (error: unknown) => typeof (error as NodeJS.ErrnoException).syscall === 'string'

const missing = (dataDirectory: string) =>
  new StorageFault(
    'data-folder-missing',
    `There is no database in ${dataDirectory}; only \`serve\` and \`migrate\` make one.`,
  )

const folderOf = (dataDirectory: string) => join(dataDirectory, 'postgres')

async function openAsOwner(
  claim: DataFolderClaim & { role: 'owner' },
  { dataDirectory, log, migrations, mustOwn }: EmbeddedOptions,
): Promise<OpenDatabase> {
  const folder = folderOf(dataDirectory)
  if (migrations === 'check' && !(await isThere(clusterPaths(folder).cluster))) throw missing(dataDirectory)
  const postgres = await startEmbeddedPostgres({ folder, log })
  const description = `embedded PostgreSQL ${postgres.version} in ${dataDirectory}`
  try {
    const url = await postgres.url(embeddedDatabase)
    if (!(await hasDatabase(url, log))) {
      if (migrations === 'check') throw schemaMissing(description)
      await execute(await postgres.url('postgres'), `CREATE DATABASE ${embeddedDatabase}`, log)
    }
    const appliedMigrations = await prepareSchema({ url, description }, migrations, log)
    await claim.admitGuests()
    return {
      url,
      description,
      dataDirectory,
      isEmbedded: true,
      lastWords: () => postgres.lastWords(),
      limitSessions: true,
      prepareStatements: true,
      appliedMigrations,
      close: async () => {
        // A server has 30 s to stop; a command can wait for guests that came while it ran.
        try {
          await claim.awaitGuests(mustOwn ? 2_000 : 600_000)
        } finally {
          await postgres.stop()
          await claim.release()
        }
      },
    }
  } catch (error) {
    await postgres.stop()
    throw error
  }
}

async function openAsGuest(claim: DataFolderClaim, { dataDirectory, log }: EmbeddedOptions): Promise<OpenDatabase> {
  const folder = await realpath(folderOf(dataDirectory))
  const url = await embeddedUrl(clusterPaths(folder), embeddedDatabase)
  const description = `embedded PostgreSQL in ${dataDirectory}, run by another process`
  // The owner's PostgreSQL may have just died and be restarting.
  await waitForDatabase({ databaseUrl: url, description, isEmbedded: true, log, longestWait: 10_000 })
  // The owner has migrated the schema, but it may run another version of the program.
  const appliedMigrations = await prepareSchema({ url, description }, 'check', log)
  return {
    url,
    description,
    dataDirectory,
    isEmbedded: true,
    limitSessions: true,
    prepareStatements: true,
    appliedMigrations,
    close: () => claim.release(),
  }
}

async function hasDatabase(url: string, log: StorageLog): Promise<boolean> {
  try {
    await execute(url, 'SELECT 1', log)
    return true
  } catch (error) {
    if (readDatabaseFault(error)?.kind !== 'DatabaseDoesNotExist') throw error
    return false
  }
}

async function execute(databaseUrl: string, sql: string, log: StorageLog): Promise<void> {
  const connection = await openConnection({ databaseUrl, log, limitSessions: false })
  try {
    await connection.executeRaw({ sql, args: [], argTypes: [] })
  } finally {
    await connection.dispose()
  }
}
