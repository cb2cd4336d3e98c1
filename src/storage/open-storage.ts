import { createPrismaClient } from './connect.ts'
import type { MigrationMode } from './open-database.ts'
import { openEmbeddedDatabase } from './open-embedded-database.ts'
import { openServerDatabase } from './open-server-database.ts'
import type { PrismaClient } from './prisma-client/client.ts'
import type { StorageLog } from './storage-log.ts'

/** The database, open. `description` is for people and holds no password. */
export type Storage = {
  prisma: PrismaClient
  description: string
  /** Names of the migrations that were applied when it was opened. */
  appliedMigrations: readonly string[]
  /** Whether the database answers and takes changes; known within a second. */
  isReady(): Promise<boolean>
  /** Closes connections, and stops an embedded PostgreSQL that this process runs. */
  close(): Promise<void>
}

export type OpenStorageOptions = {
  /** Address of a PostgreSQL server; without it PostgreSQL is run in the data folder. */
  databaseUrl?: string | undefined
  dataDirectory: string
  log: StorageLog
  /** `apply` where left out. */
  migrations?: MigrationMode
  /** For a server: wait for a database server as long as it takes, and never be a guest in the data folder. */
  mustOwn?: boolean
}

/** Opens the storage, however it was left the last time. Throws StorageFault; its message says what to do. */
export async function openStorage(options: OpenStorageOptions): Promise<Storage> {
  const { databaseUrl, dataDirectory, log, migrations = 'apply', mustOwn = false } = options
  const database = await (databaseUrl === undefined
    ? openEmbeddedDatabase({ dataDirectory, log, migrations, mustOwn })
    : openServerDatabase({ databaseUrl, log, migrations, patience: mustOwn ? Infinity : 10_000 }))
  const { url, limitSessions, description, appliedMigrations } = database
  const prisma = createPrismaClient({ databaseUrl: url, log, size: 10, limitSessions })
  return {
    prisma,
    description,
    appliedMigrations,
    isReady: readinessProbe(prisma),
    close: async () => {
      await prisma.$disconnect()
      await database.close()
    },
  }
}

/** One question at a time however many ask: a database that hangs must not have all its connections taken by this. */
function readinessProbe(prisma: PrismaClient): () => Promise<boolean> {
  let question: Promise<boolean> | undefined
  const ask = async () => {
    try {
      const rows = await prisma.$queryRaw<[{ writable: boolean }]>`
        SELECT NOT current_setting('transaction_read_only')::boolean AS writable FROM (SELECT FROM link LIMIT 1) AS any_link
        RIGHT JOIN (SELECT) AS always ON true`
      return rows[0].writable
    } catch {
      return false
    } finally {
      question = undefined
    }
  }
  return () => {
    question ??= ask()
    return Promise.race([question, answerLate()])
  }
}

function answerLate(): Promise<false> {
  return new Promise(resolve => {
    setTimeout(() => resolve(false), 900).unref()
  })
}
