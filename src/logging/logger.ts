import { type DestinationStream, type Logger, pino } from 'pino'

import { currentCallFields } from './call.ts'

export type { Logger }

/**
 * The program's log: one JSON line per record. Headers and whole addresses are never logged, so no token is; `redact` is the
 * second line of defence.
 */
export function createLogger(level: string, destination?: NodeJS.WritableStream): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: createClock(),
    // What a record says itself of its call takes precedence.
    mixin: currentCallFields,
    formatters: { level: (label: string) => ({ level: label }), log: withOwnNames },
    redact: {
      // Top-level names only: patterns such as *.token would cost more than the rest of the record.
      paths: ['headers', 'authorization', 'token', 'tokens', 'password'],
      censor: '[hidden]',
    },
  }
  return destination ? pino(options, destination as never) : pino(options, bufferedOutput())
}

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

/**
 * Standard output, written in pieces of 8 KiB or every half second, and at exit. One write per record would take more time
 * than the answer of a card; so does the buffer of pino's output, which measures its contents at each record. A kill -9 may
 * lose the last half second of the log.
 */
function bufferedOutput(): DestinationStream {
  let gathered = ''
  const flush = () => {
    if (gathered === '') return
    const text = gathered
    gathered = ''
    output.write(text)
  }
  // Before the output's own listeners, which write what is left and close it.
  process.on('beforeExit', flush)
  process.on('exit', () => {
    flush()
    output.flushSync()
  })
  const output = pino.destination({ sync: false })
  setInterval(flush, 500).unref()
  return {
    write(line) {
      gathered += line
      if (gathered.length >= 8_192) flush()
    },
  }
}
