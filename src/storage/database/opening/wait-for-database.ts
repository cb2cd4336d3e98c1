import { setTimeout as sleep } from 'node:timers/promises'
import { openConnection } from '../connection/connect.ts'
import { readDatabaseFault } from '../connection/database-fault.ts'
import { databaseProblem } from '../connection/database-problem.ts'
import {
  type DatabasePlace,
  databaseReason,
  type Reason,
  type ReasonCode,
  textOf,
} from '../connection/database-reason.ts'
import { StorageFault } from '../storage-fault.ts'
import type { StorageLog } from '../storage-log.ts'

type Wait = DatabasePlace & {
  databaseUrl: string
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
      const reason = databaseReason(error, wait)
      const refusal = refusalOf(error, reason)
      if (refusal) throw refusal
      if (performance.now() - begin + pause > wait.longestWait)
        throw new StorageFault('database-away', sentences(reason), error)
      const { code, message, hint } = reason
      wait.log.warn({ code, reason: message, hint }, 'The database does not answer; trying again')
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

/** What waiting does not fix. */
const refusals: ReadonlySet<string> = new Set<ReasonCode>([
  'database-password-refused',
  'database-access-denied',
  'database-missing',
  'database-tls',
])

/** The fault for an error that waiting does not fix; undefined for any other. */
function refusalOf(error: unknown, reason: Reason): StorageFault | undefined {
  if (refusals.has(reason.code)) return new StorageFault('database-refused', sentences(reason), error)
  if (databaseProblem(error) !== undefined) return undefined
  return new StorageFault(
    'database-address-invalid',
    `DATABASE_URL cannot be used: ${textOf(error)}. Compare it with postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full&sslrootcert=/path/of/ca.pem`,
    error,
  )
}

const sentences = ({ message, hint }: Reason) => `${message} ${hint}`
