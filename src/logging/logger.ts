import { type Logger, pino } from 'pino'

export type { Logger }

/**
 * The program's log: one JSON line a record. Headers and whole addresses are never logged, so no token can be; `redact`
 * stands behind that as a second fence.
 */
export function createLogger(level: string, destination?: NodeJS.WritableStream): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: ['headers', 'req.headers', '*.headers', '*.authorization', '*.token', '*.tokens', '*.password'],
      censor: '[hidden]',
    },
  }
  return destination ? pino(options, destination as never) : pino(options)
}
