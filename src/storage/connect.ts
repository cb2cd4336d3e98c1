import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { nameConnectionErrors, nameTransactionErrors, throwNamed } from './name-connection-errors.ts'
import { PrismaClient } from './prisma-client/client.ts'
import type { StorageLog } from './storage-log.ts'

type PgAdapter = Awaited<ReturnType<PrismaPg['connect']>>

/** How a database is reached. */
export type ConnectionOptions = {
  databaseUrl: string
  log: StorageLog
  /** Connections at once at most. */
  size: number
  /** Whether the server is told limits of time for each session; a pooler may refuse that. */
  limitSessions: boolean
}

// Milliseconds. The server's limits end a statement before ours gives up on its answer.
const ownLimits = { connectionTimeoutMillis: 1_000, query_timeout: 3_000 }
const sessionLimits = { statement_timeout: 2_500, lock_timeout: 2_000, idle_in_transaction_session_timeout: 10_000 }

/** Opens Prisma on a database. Connections are made when they are needed. Call `$disconnect()` at the end. */
export function createPrismaClient(options: ConnectionOptions): PrismaClient {
  const { provider, adapterName } = new PrismaPg('')
  const adapter: SqlDriverAdapterFactory = {
    provider,
    adapterName,
    connect: () => openPool(options, ownLimits),
  }
  return new PrismaClient({ adapter })
}

/** One connection that waits for an answer as long as it takes, for the work of a start. Call `dispose()` at the end. */
export function openConnection(options: Omit<ConnectionOptions, 'size'>): Promise<SqlDriverAdapter> {
  return openPool({ ...options, size: 1 }, { connectionTimeoutMillis: 5_000 })
}

async function openPool(
  { databaseUrl, log, size, limitSessions }: ConnectionOptions,
  limits: Partial<typeof ownLimits>,
): Promise<SqlDriverAdapter> {
  const factory = new PrismaPg(
    {
      connectionString: databaseUrl,
      application_name: 'tracker-links',
      max: size,
      keepAlive: true,
      // After a failover or a change of addresses no connection stays with the former server for longer.
      maxLifetimeSeconds: 600,
      ...limits,
      ...(limitSessions && sessionLimits),
    },
    { onPoolError: error => log.warn({ err: error }, 'The database closed a connection') },
  )
  const pool = nameConnectionErrors(await factory.connect())
  dropUnfinishedConnections(pool)
  const startTransaction = pool.startTransaction.bind(pool)
  pool.startTransaction = isolationLevel => startTransaction(isolationLevel).then(nameTransactionErrors, throwNamed)
  return pool
}

/**
 * A transaction whose ROLLBACK or COMMIT got no answer in time is still open on the server, but the adapter returns its
 * connection to the pool as if it were free: what the next caller writes there would be answered, and never committed.
 */
function dropUnfinishedConnections(adapter: PgAdapter): void {
  adapter.underlyingDriver().on('release', (_error, client) => {
    // pg's types leave `end` out for a client of a pool; the pool itself calls it.
    const { end } = client as unknown as { end: () => Promise<void> }
    if (client.getTransactionStatus() !== 'I') void end.call(client)
  })
}
