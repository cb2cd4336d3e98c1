import { setTimeout as sleep } from 'node:timers/promises'
import { createPrismaClient } from './database/connection/connect.ts'
import { cutShortWhenSilent } from './database/connection/cut-short.ts'
import { databaseProbe } from './database/connection/database-probe.ts'
import type { MigrationMode } from './database/opening/open-database.ts'
import { openEmbeddedDatabase } from './database/opening/open-embedded-database.ts'
import { openServerDatabase } from './database/opening/open-server-database.ts'
import type { StorageLog } from './database/storage-log.ts'
import { type ObjectChangeListener, watchObjectChanges } from './objects/object-changes.ts'
import type { PrismaClient } from './prisma-client/client.ts'

/** The open database. `description` is for people and holds no password. */
export type Storage = {
  prisma: PrismaClient
  /** Its address, for work that needs a connection of its own. It may hold a password: not for people. */
  url: string
  description: string
  /** Names of the migrations that were applied when it was opened. */
  appliedMigrations: readonly string[]
  /** Whether the database answers and accepts writes; known within a second. */
  isReady(): Promise<boolean>
  /** Reports changes of objects to a listener until the storage closes, see object-changes.ts. */
  watchObjects(listener: ObjectChangeListener): void
  /** Closes connections, and stops an embedded PostgreSQL that this process runs. */
  close(): Promise<void>
}

export type OpenStorageOptions = {
  /** Address of a PostgreSQL server; without it PostgreSQL runs in the data folder. */
  databaseUrl?: string | undefined
  dataDirectory: string
  log: StorageLog
  /** `apply` by default. */
  migrations?: MigrationMode
  /** For a server: wait for a database server as long as it takes, and never be a guest in the data folder. */
  mustOwn?: boolean
}

/** Opens the storage, whatever state it was left in. Throws StorageFault; its message says what to do. */
export async function openStorage(options: OpenStorageOptions): Promise<Storage> {
  const { databaseUrl, dataDirectory, log, migrations = 'apply', mustOwn = false } = options
  const database = await (databaseUrl === undefined
    ? openEmbeddedDatabase({ dataDirectory, log, migrations, mustOwn })
    : openServerDatabase({ databaseUrl, log, migrations, longestWait: mustOwn ? Infinity : 10_000 }))
  const { url, limitSessions, prepareStatements, description, appliedMigrations } = database
  const probe = databaseProbe(url, log)
  const cutShort = cutShortWhenSilent(probe.health)
  const watches: (() => Promise<void>)[] = []
  const prisma = createPrismaClient({
    databaseUrl: url,
    log,
    size: 10,
    limitSessions,
    prepareStatements,
    cutShort,
  })
  return {
    prisma,
    url,
    description,
    appliedMigrations,
    isReady: async () => (await probe.health()) === 'ready',
    watchObjects: listener => {
      watches.push(watchObjectChanges({ databaseUrl: url, prisma, log, listener }))
    },
    close: async () => {
      await Promise.all(watches.map(stop => stop()))
      const closed = Promise.all([prisma.$disconnect(), probe.close()])
      // A server that hangs does not close its connections.
      await Promise.race([closed, sleep(2_000, undefined, { ref: false })])
      await database.close()
    },
  }
}
