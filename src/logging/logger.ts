import { type Logger, type LoggerOptions, pino } from 'pino'

import { currentCallFields, outsideCalls } from './call.ts'
import { errorRecord } from './error-record.ts'
import { type Output, openOutput, reasonOf, type Trouble, troubleOf, writeRecord } from './standard-output.ts'

export type { Logger }

/**
 * The program's log: one JSON line per record. Headers and whole addresses are never logged, so no token is; `redact` is the
 * second line of defence. Without a destination it goes to standard output. `withKeys: false`: no record names an issue or object.
 * `isShared`: other processes write to the same output.
 */
export function createLogger(
  level: string,
  destination?: NodeJS.WritableStream,
  { withKeys = true, isShared = false }: { withKeys?: boolean; isShared?: boolean } = {},
): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: createClock(),
    // What a record says itself of its call takes precedence.
    mixin: currentCallFields,
    serializers: { err: errorRecord },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: withKeys ? withOwnNames : (fields: Record<string, unknown>) => withOwnNames(withoutKeys(fields)),
    },
    redact: {
      // Top-level names only: patterns such as *.token would cost more than the rest of the record.
      paths: ['headers', 'authorization', 'token', 'tokens', 'password'],
      censor: '[hidden]',
    },
  }
  const log = destination ? pino(options, destination as never) : logTo(1, options, isShared)
  if (!withKeys) keyless.add(log)
  return log
}

const keyless = new WeakSet<Logger>()

/** Whether records may name issues and objects. */
export const logsKeys = (log: Logger): boolean => !keyless.has(log)

/** The fields of a record that may hold keys, if they are no number of them; a fault quotes what it is about. */
const keyFields: ReadonlySet<string> = new Set([
  'issueKey',
  'remoteKey',
  'key',
  'keys',
  'remoteKeys',
  'formerKey',
  'formerKeys',
  'movedTo',
  'faults',
  'links',
])

const withoutKeys = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => !keyFields.has(name) || typeof value === 'number'),
  )

/**
 * The fields of a record without the names that every record has already: pino would write such a name twice, and of two values
 * a reader sees one. They are called `pid_`, `level_` and so on.
 */
function withOwnNames(fields: Record<string, unknown>): Record<string, unknown> {
  if (!inEveryRecord.some(name => Object.hasOwn(fields, name))) return fields
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [inEveryRecord.includes(name) ? `${name}_` : name, value]),
  )
}

const inEveryRecord = ['pid', 'level', 'time', 'msg']

/** The time of a record in ISO 8601. Formatted once per millisecond, since at a high rate several records share one. */
function createClock(): () => string {
  let last = 0
  let written = ''
  return () => {
    const now = Date.now()
    if (now !== last) {
      last = now
      written = `,"time":"${new Date(now).toISOString()}"`
    }
    return written
  }
}

/** Standard output, and the record of what it lost. */
function logTo(descriptor: number, options: LoggerOptions, isShared: boolean): Logger {
  const output = openOutput(descriptor, isShared, ({ records, cause }) =>
    // Of no call, whichever it was whose record was written at last.
    outsideCalls(() => log.error({ records, cause }, `Records of this log were lost: ${reasonOf(cause)}`)),
  )
  const log = pino(options, { write: line => writeRecord(output, line) })
  outputs.set(log, output)
  return log
}

const outputs = new WeakMap<Logger, Output>()

/** What keeps the log from being written at the moment; undefined too if it does not go to standard output. */
export function logTrouble(log: Logger): Trouble | undefined {
  const output = outputs.get(log)
  return output && troubleOf(output)
}
