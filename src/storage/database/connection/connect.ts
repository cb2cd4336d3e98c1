import { PrismaPg } from '@prisma/adapter-pg'
import { outsideCalls } from '../../../logging/call.ts'
import { PrismaClient } from '../../prisma-client/client.ts'
import type { StorageLog } from '../storage-log.ts'
import { compileWhenNeeded } from './compiler-when-needed.ts'
import { type CutShort, type FaultListener, nameErrors, throwNamedTo, watchTransactions } from './guard-calls.ts'
import { closedPoolText, NamedClient } from './name-connection-error.ts'
import { runOnPool } from './statements.ts'

type PgAdapter = Awaited<ReturnType<PrismaPg['connect']>>
export type Pool = ReturnType<PgAdapter['underlyingDriver']>

/** How a database is reached. */
export type ConnectionOptions = {
  databaseUrl: string
  log: StorageLog
  /** Whether each session sets its time limits on the server; a pooler may refuse that. */
  limitSessions: boolean
  /** Whether named statements stay prepared; behind a pooler the next call may get another session. */
  prepareStatements?: boolean
  /** Nothing can be written: the database itself refuses it. Behind a pooler that refuses limits it is not told so. */
  isReadOnly?: boolean
}

/** Milliseconds for which a question waits for a connection at most, if not a second. */
type Patience = { patience?: number }

// Milliseconds. The server ends a statement before the client gives up on its answer.
const ownLimits = { connectionTimeoutMillis: 1_000, query_timeout: 3_000 }
const sessionLimits = { statement_timeout: 2_500, lock_timeout: 2_000, idle_in_transaction_session_timeout: 10_000 }

/**
 * Opens Prisma on a database with at most `size` connections, opened when they are needed. `cutShort` may fail calls that
 * wait, `onFault` hears of every error. Call `$disconnect()` at the end.
 */
export function createPrismaClient(
  options: ConnectionOptions &
    Patience & {
      size: number
      cutShort?: CutShort
      onFault?: FaultListener
      onPool?: (pool: Pool) => void
    },
): PrismaClient {
  const { provider, adapterName } = new PrismaPg('')
  const { cutShort = call => call, onFault = () => {}, onPool } = options
  const throwError = throwNamedTo(onFault)
  let pool: PgAdapter | undefined
  const connect = async () => {
    const { patience = ownLimits.connectionTimeoutMillis } = options
    const opened = await openPool(options, { ...ownLimits, connectionTimeoutMillis: patience })
    onPool?.(opened.underlyingDriver())
    const dispose = opened.dispose.bind(opened)
    opened.dispose = () => {
      pool = undefined
      return dispose()
    }
    pool = watchTransactions(nameErrors(opened, cutShort, throwError), cutShort, throwError)
    return pool
  }
  const prisma = compileWhenNeeded(new PrismaClient({ adapter: { provider, adapterName, connect } }))
  // Prisma opens the pool and closes it, also for statements that do not go through its engine.
  const opened = async () => {
    if (pool === undefined) await prisma.$connect()
    // Closed since: it fails as it would a moment later.
    return pool ?? throwError(new Error(closedPoolText))
  }
  runOnPool(prisma, opened)
  return prisma
}

/**
 * One connection for the work of a start: it waits for an answer as long as it takes, or `timeout` milliseconds. Call
 * `dispose()` at the end.
 */
export async function openConnection(options: ConnectionOptions & { timeout?: number }): Promise<PgAdapter> {
  const { timeout } = options
  const limits = timeout ? { connectionTimeoutMillis: timeout, query_timeout: timeout } : undefined
  return nameErrors(await openPool({ ...options, size: 1 }, limits ?? { connectionTimeoutMillis: 5_000 }))
}

/** A comment at the start names a statement that runs often: parsing and planning it is half of its work. */
const nameOfStatement = /^\s*\/\* ([a-z ]+) \*\//

async function openPool(
  { databaseUrl, log, size, limitSessions, prepareStatements, isReadOnly }: ConnectionOptions & { size: number },
  limits: Partial<typeof ownLimits>,
): Promise<PgAdapter> {
  const factory = new PrismaPg(
    {
      connectionString: databaseUrl,
      application_name: 'tracker-links',
      Client: NamedClient,
      max: size,
      keepAlive: true,
      // A program that failed elsewhere can end without closing the storage.
      allowExitOnIdle: true,
      // After a failover or a change of addresses no connection stays with the former server longer than this.
      maxLifetimeSeconds: 600,
      ...limits,
      ...(limitSessions && sessionLimits),
      ...(limitSessions && isReadOnly && { options: '-c default_transaction_read_only=on' }),
    },
    // The text alone: pg attaches the whole connection to its error.
    {
      // A call that opened the connection may be long over.
      onPoolError: ({ message }) =>
        outsideCalls(() => log.warn({ reason: message }, 'The database closed a connection')),
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
    // pg's types omit `end` for a client of a pool; the pool itself calls it.
    const { end } = client as unknown as { end: () => Promise<void> }
    if (client.getTransactionStatus() !== 'I') void end.call(client)
  })
}
