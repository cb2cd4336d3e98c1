import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { PrismaClient } from './prisma-client/client.ts'
import type { StorageLog } from './storage-log.ts'

type Pool = ReturnType<Awaited<ReturnType<PrismaPg['connect']>>['underlyingDriver']>

/** Milliseconds, from docs/decisions/database-timeouts.md. */
const clientLimits = { connectionTimeoutMillis: 1_000, query_timeout: 3_000 }
const sessionLimits = { statement_timeout: 2_500, lock_timeout: 2_000, idle_in_transaction_session_timeout: 10_000 }

/**
 * What a pool of connections is opened with: the one place that says it. `limitSessions: false` leaves out what a pooler
 * between us and the database refuses.
 */
export function poolSettings(databaseUrl: string, options: { limitSessions: boolean; size?: number }) {
  return {
    connectionString: databaseUrl,
    application_name: 'tracker-links',
    max: options.size ?? 10,
    keepAlive: true,
    ...clientLimits,
    ...(options.limitSessions && sessionLimits),
  }
}

/** Opens Prisma on a database. Connections are made when they are needed. Call `$disconnect()` at the end. */
export function createPrismaClient(
  databaseUrl: string,
  options: { log: StorageLog; limitSessions?: boolean; size?: number },
): PrismaClient {
  const { log, limitSessions = true, size = 10 } = options
  return new PrismaClient({ adapter: poolAdapter(poolSettings(databaseUrl, { limitSessions, size }), log) })
}

function poolAdapter(settings: ReturnType<typeof poolSettings>, log: StorageLog): SqlDriverAdapterFactory {
  const factory = new PrismaPg(settings, {
    onPoolError: error => log.warn({ err: error }, 'The database closed a connection'),
  })
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => {
      const adapter = await factory.connect()
      dropUnfinishedConnections(adapter.underlyingDriver())
      return adapter
    },
  }
}

/**
 * A transaction whose ROLLBACK or COMMIT got no answer in time is still open on the server, but the adapter returns its
 * connection to the pool as if it were free: what the next caller writes there would be answered, and never committed.
 */
function dropUnfinishedConnections(pool: Pool): void {
  pool.on('release', (_error, client) => {
    if (client.getTransactionStatus() !== 'I') void (client as unknown as { end: () => Promise<void> }).end()
  })
}
