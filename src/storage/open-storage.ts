import { setTimeout as sleep } from 'node:timers/promises'
import type { Retention } from '../config/schema.ts'
import type { PoolUse } from '../metrics/scrape.ts'
import { createPrismaClient, type Pool } from './database/connection/connect.ts'
import { cutShortWhenAway } from './database/connection/cut-short.ts'
import type { MigrationMode } from './database/opening/open-database.ts'
import { openEmbeddedDatabase } from './database/opening/open-embedded-database.ts'
import { openServerDatabase } from './database/opening/open-server-database.ts'
import { databaseProbe } from './database/readiness/database-probe.ts'
import type { Readiness } from './database/readiness/readiness.ts'
import type { StorageLog } from './database/storage-log.ts'
import { type ObjectChangeListener, watchObjectChanges } from './objects/object-changes.ts'
import type { PrismaClient } from './prisma-client/client.ts'
import { keepRetention } from './retention/keep-retention.ts'

/** The open database. `description` is for people and holds no password. */
export type Storage = {
  /** For Tracker's calls, and for the work of a command. */
  prisma: PrismaClient
  /** The same database over connections of its own, for the management API: it never takes one from Tracker's calls. */
  management: PrismaClient
  /** Its address, for work that needs a connection of its own. It may hold a password: not for people. */
  url: string
  description: string
  /** The absolute data folder of an embedded PostgreSQL; undefined for a server. */
  dataDirectory: string | undefined
  /** Names of the migrations that were applied when it was opened. */
  appliedMigrations: readonly string[]
  /** How its connections are used at the moment. */
  pools(): PoolUse[]
  /** Whether the database answers and accepts writes, and why not; known within a second. */
  readiness(): Promise<Readiness>
  /** Reports changes of objects to a listener until the storage closes, see object-changes.ts. */
  watchObjects(listener: ObjectChangeListener): void
  /** From now on removes what is older than these limits, until the storage closes, see keep-retention.ts. */
  keepOnly(limits: () => Retention): void
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
  /** Milliseconds to wait for a database server; by default 10 s for a command, and as long as it takes for a server. */
  longestWait?: number
}

/** Opens the storage, whatever state it was left in. Throws StorageFault; its message says what to do. */
export async function openStorage(options: OpenStorageOptions): Promise<Storage> {
  const { databaseUrl, dataDirectory, log, migrations = 'apply', mustOwn = false } = options
  const { longestWait = mustOwn ? Infinity : 10_000 } = options
  const database = await (databaseUrl === undefined
    ? openEmbeddedDatabase({ dataDirectory, log, migrations, mustOwn })
    : openServerDatabase({ databaseUrl, log, migrations, longestWait }))
  const { url, limitSessions, prepareStatements, description, dataDirectory: folder, appliedMigrations } = database
  const askPool = () => prisma.$queryRaw`SELECT EXISTS (SELECT FROM link)`
  const probe = databaseProbe(url, database, { log, askPool })
  const cutShort = cutShortWhenAway(probe.isAway, probe.noteAnswer)
  /** What goes on until the storage closes. */
  const watches: (() => Promise<void>)[] = []
  const pools = new Map<string, Pool>()
  const openPool = (name: keyof typeof connections) =>
    createPrismaClient({
      databaseUrl: url,
      log,
      size: connections[name],
      limitSessions,
      prepareStatements,
      cutShort,
      onFault: probe.noteFault,
      onPool: pool => pools.set(name, pool),
    })
  const prisma = openPool('calls')
  const management = openPool('management')
  const stopWatching = mustOwn ? watchClock(probe.health) : () => {}
  return {
    prisma,
    management,
    url,
    description,
    dataDirectory: folder,
    appliedMigrations,
    pools: () => Object.entries(connections).map(([pool, most]) => useOf(pool, most, pools.get(pool))),
    readiness: probe.health,
    watchObjects: listener => {
      watches.push(watchObjectChanges({ databaseUrl: url, prisma, log, listener }))
    },
    keepOnly: limits => {
      watches.push(keepRetention({ databaseUrl: url, log, limits }))
    },
    close: async () => {
      stopWatching()
      await Promise.all(watches.map(stop => stop()))
      const closed = Promise.all([prisma.$disconnect(), management.$disconnect(), probe.close()])
      // A server that hangs does not close its connections.
      await Promise.race([closed, sleep(2_000, undefined, { ref: false })])
      await database.close()
    },
  }
}

/** Connections of a process, opened when they are needed: 10 in all, see docs/decisions/database-connections.md. */
const connections = { calls: 6, management: 4 }

/** A pool is opened by its first statement. */
const useOf = (name: string, most: number, pool: Pool | undefined): PoolUse => ({
  pool: name,
  most,
  open: pool?.totalCount ?? 0,
  idle: pool?.idleCount ?? 0,
  waiting: pool?.waitingCount ?? 0,
})

/** Milliseconds between two probes of a server that nobody asks for its health: they compare the clocks. */
const probeInterval = 60_000

function watchClock(probe: () => Promise<unknown>): () => void {
  void probe()
  const timer = setInterval(() => void probe(), probeInterval).unref()
  return () => clearInterval(timer)
}
