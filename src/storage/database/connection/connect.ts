import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { PrismaClient } from '../../prisma-client/client.ts'
import type { StorageLog } from '../storage-log.ts'
import type { CutShort } from './cut-short.ts'
import { nameErrors, watchTransactions } from './guard-calls.ts'

type PgAdapter = Awaited<ReturnType<PrismaPg['connect']>>

/** How a database is reached. */
export type ConnectionOptions = {
  databaseUrl: string
  log: StorageLog
  /** Whether the server is told limits of time for each session; a pooler may refuse that. */
  limitSessions: boolean
  /** Whether statements that have a name stay prepared; behind a pooler the next one may meet another session. */
  prepareStatements?: boolean
}

// Milliseconds. The server's limits end a statement before ours gives up on its answer.
const ownLimits = { connectionTimeoutMillis: 1_000, query_timeout: 3_000 }
const sessionLimits = { statement_timeout: 2_500, lock_timeout: 2_000, idle_in_transaction_session_timeout: 10_000 }

/**
 * Opens Prisma on a database with at most `size` connections, made when they are needed. `cutShort` decides about calls that
 * wait. Call `$disconnect()` at the end.
 */
export function createPrismaClient(options: ConnectionOptions & { size: number; cutShort?: CutShort }): PrismaClient {
  const { provider, adapterName } = new PrismaPg('')
  const { cutShort = call => call } = options
  const adapter: SqlDriverAdapterFactory = {
    provider,
    adapterName,
    connect: async () => watchTransactions(nameErrors(await openPool(options, ownLimits), cutShort), cutShort),
  }
  return new PrismaClient({ adapter })
}

/**
 * One connection for the work of a start: it waits for an answer as long as it takes, or `patience` milliseconds. Call
 * `dispose()` at the end.
 */
export async function openConnection(options: ConnectionOptions & { patience?: number }): Promise<PgAdapter> {
  const { patience } = options
  const limits = patience ? { connectionTimeoutMillis: patience, query_timeout: patience } : undefined
  return nameErrors(await openPool({ ...options, size: 1 }, limits ?? { connectionTimeoutMillis: 5_000 }))
}

/** A comment at the start names a statement that is run again and again: parsing and planning it is half of its work. */
const nameOfStatement = /^\s*\/\* ([a-z ]+) \*\//

async function openPool(
  { databaseUrl, log, size, limitSessions, prepareStatements }: ConnectionOptions & { size: number },
  limits: Partial<typeof ownLimits>,
): Promise<PgAdapter> {
  const factory = new PrismaPg(
    {
      connectionString: databaseUrl,
      application_name: 'tracker-links',
      max: size,
      keepAlive: true,
      // A program that failed elsewhere ends although nobody closed the storage.
      allowExitOnIdle: true,
      // After a failover or a change of addresses no connection stays with the former server for longer.
      maxLifetimeSeconds: 600,
      ...limits,
      ...(limitSessions && sessionLimits),
    },
    // The text alone: pg hangs the whole connection onto its error.
    {
      onPoolError: ({ message }) => log.warn({ reason: message }, 'The database closed a connection'),
      ...(prepareStatements && { statementNameGenerator: ({ sql }) => nameOfStatement.exec(sql)?.[1] ?? '' }),
    },
  )
  const adapter = await factory.connect()
  dropUnfinishedConnections(adapter)
  return adapter
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
