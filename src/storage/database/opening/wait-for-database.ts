import { setTimeout as sleep } from 'node:timers/promises'
import { openConnection } from '../connection/connect.ts'
import { readDatabaseFault } from '../connection/database-fault.ts'
import { databaseProblem } from '../connection/database-problem.ts'
import { StorageFault } from '../storage-fault.ts'
import type { StorageLog } from '../storage-log.ts'

type Wait = {
  databaseUrl: string
  /** The database in words, without a password. */
  description: string
  log: StorageLog
  /** Milliseconds; Infinity for as long as it takes. */
  longestWait: number
}

type Sessions = { limitSessions: boolean; prepareStatements: boolean }

/**
 * Waits until the database answers, and checks whether it can be used and what its sessions support, see connect.ts.
 * Throws StorageFault `database-refused`, `database-encoding` or `database-address-invalid`, and `database-away` after
 * `longestWait`.
 */
export async function waitForDatabase(wait: Wait): Promise<Sessions> {
  const begin = performance.now()
  for (let pause = 100; ; pause = Math.min(2 * pause, 5_000)) {
    try {
      return await inspect(wait)
    } catch (error) {
      if (error instanceof StorageFault) throw error
      const refusal = refusalOf(error, wait.description)
      if (refusal) throw refusal
      if (performance.now() - begin + pause > wait.longestWait)
        throw new StorageFault('database-away', `${wait.description} does not answer: ${textOf(error)}`, error)
      wait.log.warn({ database: wait.description, reason: textOf(error) }, 'The database does not answer; trying again')
      await sleep(pause)
    }
  }
}

async function inspect(wait: Wait): Promise<Sessions> {
  try {
    return { limitSessions: true, prepareStatements: await look(wait, true) }
  } catch (error) {
    // PgBouncer refuses startup parameters that it does not track, with the code of a protocol violation.
    if (readDatabaseFault(error)?.sqlState !== '08P01') throw error
    await look(wait, false)
    wait.log.warn(
      'The pooler in front of the database refuses time limits for a session: add statement_timeout, lock_timeout and idle_in_transaction_session_timeout to its ignore_startup_parameters, and set them for the role with ALTER ROLE … SET',
    )
    return { limitSessions: false, prepareStatements: false }
  }
}

/** Returns whether no pooler is in between: a pooler's greeting has another process id than the session that does the work. */
async function look({ databaseUrl, description, log }: Wait, limitSessions: boolean): Promise<boolean> {
  const connection = await openConnection({ databaseUrl, log, limitSessions })
  try {
    let greetedBy: number | null | undefined
    connection.underlyingDriver().once('release', (_error, client) => {
      greetedBy = client.processID
    })
    const sql = `SELECT current_setting('server_encoding'), pg_backend_pid()`
    const [encoding, workedBy] = (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows[0] ?? []
    if (encoding !== 'UTF8')
      throw new StorageFault(
        'database-encoding',
        `${description} stores text as ${String(encoding)}, which cannot hold every key: create the database again with ENCODING 'UTF8' TEMPLATE template0.`,
      )
    return greetedBy === workedBy
  } finally {
    await connection.dispose()
  }
}

const refusals: Readonly<Record<string, string>> = {
  AuthenticationFailed: 'refuses the user or the password of DATABASE_URL',
  DatabaseAccessDenied:
    'does not admit the user of DATABASE_URL (pg_hba.conf may require TLS: add ?sslmode=verify-full)',
  DatabaseDoesNotExist: 'does not exist: create it with CREATE DATABASE, or correct DATABASE_URL',
  TlsConnectionError:
    'cannot be reached over TLS as DATABASE_URL requires: compare sslmode and sslrootcert (the file with the CA certificate) with what the server offers',
}

/** The fault for an error that waiting does not fix; undefined for any other. */
function refusalOf(error: unknown, description: string): StorageFault | undefined {
  const kind = readDatabaseFault(error)?.kind
  const refusal = kind === undefined ? undefined : refusals[kind]
  if (refusal !== undefined)
    return new StorageFault('database-refused', `${description} ${refusal}. (${textOf(error)})`, error)
  if (databaseProblem(error) !== undefined) return undefined
  return new StorageFault(
    'database-address-invalid',
    `DATABASE_URL cannot be used: ${textOf(error)}. Compare it with postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full&sslrootcert=/path/of/ca.pem`,
    error,
  )
}

/** The driver's own message, for the log and for the person who starts the program. */
function textOf(error: unknown): string {
  const cause = (error as { cause?: { originalMessage?: string; kind?: string; reason?: string } }).cause
  return (
    cause?.originalMessage ?? cause?.reason ?? cause?.kind ?? (error instanceof Error ? error.message : String(error))
  )
}
