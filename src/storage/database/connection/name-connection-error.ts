import { DriverAdapterError, isDriverAdapterError } from '@prisma/driver-adapter-utils'

// pg and its pool throw these without a code, and the adapter passes them on unchanged: only here a text decides what
// happened. Everything after this tells errors apart by code.
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

const connectionKinds: ReadonlySet<string> = new Set([...Object.values(kindOfText), 'DatabaseNotReachable'])

/** Whether an error of the adapter says that the connection itself failed. */
export function isConnectionError(error: DriverAdapterError): boolean {
  return connectionKinds.has(error.cause.kind)
}

/** The error, as one of the adapter's kinds if it concerns the connection. */
export function namedError(error: unknown): unknown {
  if (!(error instanceof Error) || isDriverAdapterError(error)) return error
  const kind = kindOfText[error.message as keyof typeof kindOfText] ?? kindOfSystemError(error)
  return kind === undefined ? error : new DriverAdapterError({ kind, originalMessage: error.message })
}

/** The system's own errors of a socket that the adapter does not know: no such socket, no route, a broken pipe. */
function kindOfSystemError({ syscall }: NodeJS.ErrnoException) {
  if (syscall === 'connect' || syscall === 'getaddrinfo') return 'DatabaseNotReachable'
  return syscall === 'read' || syscall === 'write' ? 'ConnectionClosed' : undefined
}
