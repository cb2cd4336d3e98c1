import { DriverAdapterError, isDriverAdapterError, type SqlQueryable } from '@prisma/driver-adapter-utils'

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

/** Makes the calls of a connection or a transaction throw nothing but errors of the adapter's kinds. */
export function nameConnectionErrors<T extends SqlQueryable>(queryable: T): T {
  const queryRaw = queryable.queryRaw.bind(queryable)
  const executeRaw = queryable.executeRaw.bind(queryable)
  queryable.queryRaw = query => queryRaw(query).catch(throwNamed)
  queryable.executeRaw = query => executeRaw(query).catch(throwNamed)
  return queryable
}

/** Throws the error again, as one of the adapter's kinds where it tells of the connection. */
export function throwNamed(error: unknown): never {
  if (!(error instanceof Error) || isDriverAdapterError(error)) throw error
  const kind = kindOfText[error.message as keyof typeof kindOfText] ?? kindOfSystemError(error)
  if (kind === undefined) throw error
  throw new DriverAdapterError({ kind, originalMessage: error.message })
}

/** The system's own errors of a socket that the adapter does not know: no such socket, no route, a broken pipe. */
function kindOfSystemError({ syscall }: NodeJS.ErrnoException) {
  if (syscall === 'connect' || syscall === 'getaddrinfo') return 'DatabaseNotReachable'
  return syscall === 'read' || syscall === 'write' ? 'ConnectionClosed' : undefined
}
