import { pino } from 'pino'
import type { Logger } from './logger.ts'

/** The log record of an answered call. `application` is an id of the configuration; `ms` is the time in milliseconds. */
export type AnsweredCall = {
  requestId: string
  /** See `callerRequestId`. */
  callerRequestId?: string | undefined
  method: string
  status: number
  ms: number
  application?: string | undefined
  /** The user on whose behalf Tracker called, if that is known. */
  actor?: object | undefined
}

// pino exports these for integrations that need more speed (`pino.symbols` in its documentation).
const { lsCacheSym, timeSym, chindingsSym, streamSym } = pino.symbols as unknown as Record<string, symbol>
const info = 30

type Inside = {
  /** The start of a record, by the number of its level. */
  levels: Record<number, string>
  time: () => string
  /** The fields of every record, such as the process id. */
  always: string
  output: { write: (line: string) => void }
}

/**
 * A function that logs a call exactly as `log.info(call, 'answered')` does. Every card has such a record, and pino took an
 * eighth of a card's whole time for it. No value of this record needs escaping but the caller's own.
 */
export function createCallLog(log: Logger): (call: AnsweredCall) => void {
  const inside = (name: symbol | undefined) => Reflect.get(log, name as symbol) as unknown
  const { levels, time, always, output } = {
    levels: inside(lsCacheSym),
    time: inside(timeSym),
    always: inside(chindingsSym),
    output: inside(streamSym),
  } as Inside
  return call => {
    if (!log.isLevelEnabled('info')) return
    const { requestId, callerRequestId, method, status, ms, application } = call
    if (call.actor !== undefined) return log.info(call, 'answered')
    const named = application === undefined ? '' : `,"application":"${application}"`
    const callers = callerRequestId === undefined ? '' : `,"callerRequestId":${JSON.stringify(callerRequestId)}`
    const values = `,"requestId":"${requestId}"${callers},"method":"${method}","status":${status},"ms":${ms}${named}`
    output.write(`${levels[info]}${time()}${always}${values},"msg":"answered"}\n`)
  }
}
