import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../../../errors/problem.ts'
import { type DatabaseFault, readDatabaseFault } from './database-fault.ts'
import { answerWait, poolWait } from './name-connection-error.ts'

/**
 * The Problem that answers an error of the database; undefined if the error came from elsewhere, or is an unforeseen fault of
 * ours. The one place that decides it.
 */
export function databaseProblem(error: unknown): Problem | undefined {
  const fault = readDatabaseFault(error)
  const kind = fault && faultKind(fault)
  switch (kind) {
    case undefined:
      return undefined
    case 'input':
      // The doors refuse such values: that one came through is a bug, but the caller can correct it all the same.
      return new Problem('body-invalid', 'A value in the request cannot be stored.', { cause: error })
    default:
      return new Problem(codes[kind], details[kind], { headers: { 'retry-after': '1' }, cause: error })
  }
}

/**
 * Whether an error is of a database that does not work at the moment, and not of what it was asked. What waits behind the call that
 * failed would most likely fare the same: it fails with it, or makes do with what is in memory.
 */
export const isDatabaseOut = (error: unknown): boolean => databaseProblem(error)?.status === 503

/** Whether it cannot be reached, or takes nothing: not if it answers that this work takes too long, or lacks a right. */
export const isDatabaseAway = (error: unknown): boolean => databaseProblem(error)?.code === 'database-away'

/**
 * Does work that may fail because of others at the same moment (a deadlock, a serialization failure): three tries in all, 20
 * to 100 ms apart. The work must be a whole transaction.
 */
export async function withConflictRetry<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      const fault = readDatabaseFault(error)
      if (tries === 3 || fault === undefined || faultKind(fault) !== 'conflict') throw error
      await sleep(20 + Math.random() * 80)
    }
  }
}

const details = {
  away: 'The database cannot be reached or broke the connection off; whether a change was made is not known.',
  silent: 'The database did not answer in time; whether a change was made is not known.',
  busy: 'The work took longer than it may: the database is slow, others hold what it needs, or no connection is free.',
  conflict: 'Other changes to the same links went on at the same time, three times over. Nothing was changed.',
  readOnly: 'The database takes no changes at the moment. Nothing was changed.',
  full: 'The disk of the database is full. Nothing was changed.',
  rights: 'The database refuses this program a right that it needs. Nothing was changed.',
  schema: 'The database does not have the schema of this version of the program.',
}

const codes = {
  away: 'database-away',
  silent: 'database-away',
  busy: 'database-busy',
  conflict: 'database-busy',
  readOnly: 'database-away',
  full: 'database-full',
  rights: 'database-rights-missing',
  schema: 'database-away',
} as const

type FaultKind = keyof typeof details | 'input'

function faultKind({ sqlState, prismaCode, kind, systemCode }: DatabaseFault): FaultKind | undefined {
  if (systemCode === poolWait || systemCode === answerWait) return 'busy'
  const told = sqlState === undefined ? undefined : (bySqlState[sqlState] ?? bySqlStateClass[sqlState.slice(0, 2)])
  return told ?? byPrismaCode[prismaCode ?? ''] ?? byAdapterKind[kind ?? '']
}

// PostgreSQL's manual, appendix "Error Codes".
const bySqlState: Readonly<Record<string, FaultKind>> = {
  '57P01': 'away', // stopped by an administrator
  '57P02': 'away', // stopped because another session crashed
  '57P03': 'away', // starting or recovering
  '57P05': 'away', // idle for too long
  '25P03': 'busy', // idle in a transaction for too long
  '53300': 'busy', // too many connections
  '57014': 'busy', // cancelled, as by statement_timeout
  '55P03': 'busy', // lock_timeout
  '40P01': 'conflict', // deadlock
  '40001': 'conflict', // serialization failure
  '25006': 'readOnly',
  '53100': 'full',
  '42501': 'rights',
  '3F000': 'rights', // no schema that the role may use
  '42P01': 'schema', // no such table
  '42703': 'schema', // no such column
  '42704': 'schema', // no such type
  '22001': 'input', // too long
  '22003': 'input', // out of range
  '22007': 'input', // no such moment
  '22008': 'input', // a moment out of range
  '22021': 'input', // NUL, or not UTF-8
  '22P02': 'input', // not of that type
  '22P05': 'input', // a character that cannot be stored
  '23514': 'input', // a CHECK of ours
  '54000': 'input', // too long for an index
}

const bySqlStateClass: Readonly<Record<string, FaultKind>> = {
  '08': 'away', // connection exceptions
  '28': 'away', // who we are is not accepted (any more)
  '3D': 'away', // no such database (any more)
  '53': 'busy', // out of memory and the like
}

// https://www.prisma.io/docs/orm/reference/error-reference; only codes that come without an SQLSTATE.
const byPrismaCode: Readonly<Record<string, FaultKind>> = {
  P1000: 'away', // authentication failed
  P1001: 'away', // not reachable
  P1002: 'away', // reached, but no answer
  P1003: 'away', // no such database
  P1008: 'silent', // timeout
  P1010: 'away', // access denied
  P1011: 'away', // TLS
  P1017: 'away', // connection closed
  P2020: 'input', // out of range
  P2021: 'schema', // no such table
  P2022: 'schema', // no such column
  P2024: 'busy', // no connection free
  P2028: 'busy', // transaction over
  P2034: 'conflict',
  P2037: 'busy', // too many connections
}

// What the adapter itself says when Prisma's client is not in between, as in the work of a start.
const byAdapterKind: Readonly<Record<string, FaultKind>> = {
  DatabaseNotReachable: 'away',
  ConnectionClosed: 'away',
  SocketTimeout: 'silent',
  TlsConnectionError: 'away',
}
