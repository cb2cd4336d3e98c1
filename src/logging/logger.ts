import { type DestinationStream, type Logger, pino } from 'pino'

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
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      // Top-level names only: patterns such as *.token would cost more than the rest of the record.
      paths: ['headers', 'authorization', 'token', 'tokens', 'password'],
      censor: '[hidden]',
    },
  }
  return destination ? pino(options, destination as never) : pino(options, bufferedOutput())
}

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
