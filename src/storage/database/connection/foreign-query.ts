import { type CustomTypesConfig, DatabaseError, Pool, type PoolClient, types } from 'pg'
import { errorCode } from '../../../errors/error-code.ts'
import { boundAnswer } from './bound-answer.ts'
import { readDatabaseFault } from './database-fault.ts'
import { namedError } from './name-connection-error.ts'

/** Milliseconds. The server ends a query before the client gives up on its answer. */
const limits = { connectionTimeoutMillis: 1_000, query_timeout: 2_800 }
const statementMs = 2_500

/** How a PostgreSQL that is not ours is connected to. */
export const foreignConnection = (databaseUrl: string) => ({
  connectionString: databaseUrl,
  application_name: 'tracker-links',
  ...limits,
})

/** Begins a transaction that reads only, and for a limited time. */
export const beginReading = `BEGIN READ ONLY; SET LOCAL statement_timeout = ${statementMs}`

/**
 * Why a query on somebody else's database gave no rows: `away`, no answer; `slow`, none in time; `unauthorized`, the user may not
 * log in or read this; `key`, no value of this text has the type that the query needs; `value`, a value of the data cannot be
 * converted; `size`, the answer is too large; `query`, any other refusal of the server. The message contains what PostgreSQL said, without the address.
 */
export class ForeignQueryFault extends Error {
  readonly reason: 'away' | 'slow' | 'unauthorized' | 'key' | 'value' | 'size' | 'query'
  /** The code of PostgreSQL, Node or the driver. */
  readonly code: string | undefined
  constructor(reason: ForeignQueryFault['reason'], message: string, code?: string) {
    super(message)
    this.reason = reason
    this.code = code
  }
}

export const tooLargeAnswer = (): ForeignQueryFault =>
  new ForeignQueryFault('size', 'the row is larger than 1 MB: let `query` select only the columns that `mapping` reads')

/** The values of the parameters of a query. */
type Values = readonly (string | null)[]

export type ForeignRow = Record<string, unknown>

/**
 * A query on a PostgreSQL that is not ours: read-only transactions on at most four connections, 2.5 s and 1 MB each. `run` returns
 * the first row for the values of its parameters, each a text or NULL: 64-bit integers and decimal numbers as text, timestamps
 * in ISO 8601, those without an offset read as UTC. It ends when `signal` is aborted. Throws ForeignQueryFault.
 */
export function openForeignQuery(databaseUrl: string, query: string) {
  const pool = new Pool({
    ...foreignConnection(databaseUrl),
    max: 4,
    allowExitOnIdle: true,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types: exactTypes,
  })
  // The next query opens another connection, and reports what is wrong.
  pool.on('error', () => {})
  // While a connection is in use the pool does not listen: without a listener, one that breaks would end this process.
  pool.on('connect', client => client.on('error', () => {}))

  async function run(values: Values, signal: AbortSignal): Promise<ForeignRow | undefined> {
    const client = await pool.connect().catch((error: unknown) => {
      throw nameForeignFault(error)
    })
    let isReleased = false
    const release = (mayStay: boolean) => {
      if (!isReleased) client.release(!mayStay)
      isReleased = true
    }
    // A connection that nobody waits for is closed: its server ends the query by its own time limit.
    const giveUp = () => release(false)
    signal.addEventListener('abort', giveUp, { once: true })
    const endCount = boundAnswer(client, tooLargeAnswer)
    try {
      if (signal.aborted) throw new Error('nobody waits for the answer')
      const row = await ask(client, query, values)
      await client.query('ROLLBACK')
      release(true)
      return row
    } catch (error) {
      const fault = signal.aborted ? new ForeignQueryFault('slow', 'no answer came in time') : nameForeignFault(error)
      // The server refused but is well, so the connection can be used again.
      if (fault.reason !== 'away' && fault.reason !== 'size' && !isReleased)
        await client.query('ROLLBACK').then(() => release(true), giveUp)
      throw fault
    } finally {
      endCount()
      signal.removeEventListener('abort', giveUp)
      giveUp()
    }
  }

  return { run, close: () => pool.end() }
}

async function ask(client: PoolClient, query: string, values: Values): Promise<ForeignRow | undefined> {
  await client.query(beginReading)
  try {
    // A cursor accepts only a query that reads, and returns no more rows than are fetched.
    await client.query(`DECLARE answer NO SCROLL CURSOR FOR ${query}`, [...values])
  } catch (error) {
    throw isAboutValues(error) ? new ForeignQueryFault('key', 'the query takes no such key', error.code) : error
  }
  return (await client.query<ForeignRow>('FETCH 1 FROM answer')).rows[0]
}

/** As the driver reads them, except for what a JavaScript number or the time zone of this process would change. */
const exactTypes: CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    (format === 'binary' ? undefined : readers.get(oid)) ?? types.getTypeParser(oid, format),
}

const readers = new Map<number, (text: string) => string | null>([
  [types.builtins.DATE, text => text],
  [types.builtins.BYTEA, text => text],
  [types.builtins.TIMESTAMP, text => isoMoment(`${text}Z`)],
  [types.builtins.TIMESTAMPTZ, text => isoMoment(text)],
])

/** PostgreSQL's form of a moment in ISO 8601; its `infinity` is none. */
function isoMoment(text: string): string | null {
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d(?::?\d\d)?)/.exec(text)
  if (!parts) return null
  const [, date, time, offset = ''] = parts
  return `${date}T${time}${offset.length === 3 ? `${offset}00` : offset}`
}

/**
 * Whether a query could not begin because a value has not the type of its parameter, such as `x` for a number. No row has been
 * read yet, so it is none of the data; and a text within the query would have a position.
 */
function isAboutValues(error: unknown): error is DatabaseError {
  if (!(error instanceof DatabaseError) || error.position !== undefined) return false
  return valueCodes.has(error.code ?? '')
}

/** Out of range, a moment that is none or out of range, not the form of the type, a character that the encoding lacks. */
const valueCodes = new Set(['22003', '22007', '22008', '22P02', '22P05', '22021'])

/** An error of a PostgreSQL that is not ours, by its reason. */
export function nameForeignFault(error: unknown): ForeignQueryFault {
  if (error instanceof ForeignQueryFault) return error
  // Of errors of the driver and of Node only the code: a message may contain the address.
  if (!(error instanceof DatabaseError)) {
    const isTimeout = readDatabaseFault(namedError(error))?.kind === 'SocketTimeout'
    const code = isTimeout ? 'timeout' : errorCode(error)
    if (code === 'Error') return new ForeignQueryFault('away', 'the database did not answer')
    return new ForeignQueryFault('away', `the database did not answer (${code})`, code)
  }
  const { code = '', message } = error
  return new ForeignQueryFault(reasonOf(code), `PostgreSQL says: ${message} (${code})`, code)
}

/** What an error code of PostgreSQL means for a query. */
function reasonOf(code: string): ForeignQueryFault['reason'] {
  if (code.startsWith('22')) return 'value'
  if (code.startsWith('28') || code === '42501') return 'unauthorized'
  if (code === queryCanceled) return 'slow'
  // Connection, resources, intervention by an operator, a lock.
  return /^(08(?!P01)|53|55|57|58)/.test(code) ? 'away' : 'query'
}

/** It ran into `statement_timeout`. */
const queryCanceled = '57014'
