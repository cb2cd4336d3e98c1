import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger }

/**
 * The program's log: one JSON line a record. Headers and whole addresses are never logged, so no token can be; `redact`
 * stands behind that as a second fence.
 */
export function createLogger(level: string, destination?: NodeJS.WritableStream): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: createClock(),
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      // Only names at the top: patterns such as *.token cost each record more than the rest of it.
      paths: ['headers', 'authorization', 'token', 'tokens', 'password'],
      censor: '[hidden]',
    },
  }
  return destination ? pino(options, destination as never) : pino(options, bufferedOutput())
}

/** The moment of a record in ISO 8601. Written once a millisecond, since at a high rate several records share one. */
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
 * Standard output, written in pieces of 8 KiB or every half second, and at the end: a write for each record would cost a
 * card more time than its answer, and so does the output's own way to gather, which measures what it has at each record. A
 * kill -9 may take the last half second of the log along.
 */
function bufferedOutput(): DestinationStream {
  let gathered = ''
  const flush = () => {
    if (gathered === '') return
    const text = gathered
    gathered = ''
    output.write(text)
  }
  // Before the output's own listeners, which write what is there and close it.
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
