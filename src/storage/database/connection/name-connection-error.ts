import { DriverAdapterError, isDriverAdapterError } from '@prisma/driver-adapter-utils'
import { Client } from 'pg'

/** What a pool that is closed answers. */
export const closedPoolText = 'Cannot use a pool after calling end on the pool'

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
  [closedPoolText]: 'ConnectionClosed',
} as const

const poolWaitText = 'timeout exceeded when trying to connect'
const answerWaitText = 'Query read timeout'

/** The code of an error that says that no connection of the pool became free: the database may be well. */
export const poolWait = 'POOL_WAIT'
/** The code of an error that says that the driver gave up: the database may be well, and the statement merely take long. */
export const answerWait = 'ANSWER_WAIT'

const connectionKinds: ReadonlySet<string> = new Set([...Object.values(kindOfText), 'DatabaseNotReachable'])

/** Whether an error of the adapter says that the connection itself failed. */
export function isConnectionError(error: DriverAdapterError): boolean {
  return connectionKinds.has(error.cause.kind)
}

/** An error of the connection, with the system's own code (`ENOTFOUND`), `poolWait` or `answerWait`: the adapter's kinds lose it. */
class ConnectionError extends DriverAdapterError {
  readonly systemCode: string | undefined
  constructor(kind: ConnectionKind, message: string, systemCode: string | undefined) {
    super({ kind, originalMessage: message })
    this.systemCode = systemCode
  }
}

type ConnectionKind = (typeof kindOfText)[keyof typeof kindOfText] | 'DatabaseNotReachable'

/** The error, as one of the adapter's kinds if it concerns the connection. */
export function namedError(error: unknown): unknown {
  if (!(error instanceof Error) || isDriverAdapterError(error)) return error
  // A host with several addresses, such as localhost: one error for each.
  if (error instanceof AggregateError && error.errors.every(one => kindOfSystemError(one) !== undefined)) {
    const [first] = error.errors as NodeJS.ErrnoException[]
    const message = error.errors.map(one => (one as Error).message).join(', ')
    return first ? new ConnectionError('DatabaseNotReachable', message, first.code) : error
  }
  const kind = kindOfText[error.message as keyof typeof kindOfText] ?? kindOfSystemError(error)
  const code = codesOfText[error.message] ?? (error as NodeJS.ErrnoException).code
  return kind === undefined ? error : new ConnectionError(kind, error.message, code)
}

const codesOfText: Readonly<Record<string, string>> = { [poolWaitText]: poolWait, [answerWaitText]: answerWait }

/** The system's own errors of a socket: no such host, no such socket, no route, a broken pipe. */
function kindOfSystemError({ syscall }: NodeJS.ErrnoException) {
  if (syscall === 'connect' || syscall === 'getaddrinfo') return 'DatabaseNotReachable'
  return syscall === 'read' || syscall === 'write' ? 'ConnectionClosed' : undefined
}

/** A client that says why it could not connect before the adapter, which keeps the kind only, reads the error. */
export class NamedClient extends Client {
  constructor(...options: ConstructorParameters<typeof Client>) {
    super(...options)
    // While the pool hands it over nobody listens, and an error that nobody listens for would end the process. Whoever uses the
    // connection next meets it.
    this.on('error', () => {})
  }

  override connect(): Promise<Client>
  override connect(callback: (error: Error) => void): void
  override connect(callback?: (error: Error) => void): unknown {
    if (callback === undefined) return super.connect()
    return super.connect((error: Error | null) => callback(namedError(error) as Error))
  }
}
