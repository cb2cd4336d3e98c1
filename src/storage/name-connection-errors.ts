import {
  DriverAdapterError,
  isDriverAdapterError,
  type SqlQueryable,
  type Transaction,
} from '@prisma/driver-adapter-utils'

// pg and its pool throw these without a code, and the adapter passes them on as they are: the one place where a text has to
// tell what happened. Everything after this tells errors apart by code.
const kindOfText = {
  'timeout exceeded when trying to connect': 'SocketTimeout',
  'Query read timeout': 'SocketTimeout',
  'Connection terminated due to connection timeout': 'SocketTimeout',
  'Connection terminated unexpectedly': 'ConnectionClosed',
  'Connection terminated': 'ConnectionClosed',
  'Client has encountered a connection error and is not queryable': 'ConnectionClosed',
  'Client was closed and is not queryable': 'ConnectionClosed',
  'Cannot use a pool after calling end on the pool': 'ConnectionClosed',
} as const

/** Makes the calls of a pool throw nothing but errors of the adapter's kinds. */
export function nameConnectionErrors<T extends SqlQueryable>(pool: T): T {
  const queryRaw = pool.queryRaw.bind(pool)
  const executeRaw = pool.executeRaw.bind(pool)
  pool.queryRaw = query => queryRaw(query).catch(throwNamed)
  pool.executeRaw = query => executeRaw(query).catch(throwNamed)
  return pool
}

/**
 * The same for a transaction. One whose connection has failed fails at once from then on: its ROLLBACK would wait for an
 * answer as long as the statement before.
 */
export function nameTransactionErrors(transaction: Transaction): Transaction {
  const queryRaw = transaction.queryRaw.bind(transaction)
  const executeRaw = transaction.executeRaw.bind(transaction)
  let failure: DriverAdapterError | undefined
  const guard = async <T>(call: () => Promise<T>): Promise<T> => {
    if (failure) throw failure
    try {
      return await call()
    } catch (error) {
      const named = namedError(error)
      if (isDriverAdapterError(named) && connectionKinds.has(named.cause.kind)) failure = named
      throw named
    }
  }
  transaction.queryRaw = query => guard(() => queryRaw(query))
  transaction.executeRaw = query => guard(() => executeRaw(query))
  return transaction
}

/** Throws the error again, as one of the adapter's kinds where it tells of the connection. */
export function throwNamed(error: unknown): never {
  throw namedError(error)
}

const connectionKinds: ReadonlySet<string> = new Set([...Object.values(kindOfText), 'DatabaseNotReachable'])

function namedError(error: unknown): unknown {
  if (!(error instanceof Error) || isDriverAdapterError(error)) return error
  const kind = kindOfText[error.message as keyof typeof kindOfText] ?? kindOfSystemError(error)
  return kind === undefined ? error : new DriverAdapterError({ kind, originalMessage: error.message })
}

/** The system's own errors of a socket that the adapter does not know: no such socket, no route, a broken pipe. */
function kindOfSystemError({ syscall }: NodeJS.ErrnoException) {
  if (syscall === 'connect' || syscall === 'getaddrinfo') return 'DatabaseNotReachable'
  return syscall === 'read' || syscall === 'write' ? 'ConnectionClosed' : undefined
}
