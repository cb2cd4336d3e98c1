import { pino } from 'pino'
import type { Logger } from './logger.ts'

/** What the log says of a call that was answered. `application` is an id of the configuration; `ms` are milliseconds. */
export type AnsweredCall = {
  requestId: string
  method: string
  status: number
  ms: number
  application?: string | undefined
  /** The user on whose behalf Tracker called, where that is known. */
  actor?: object | undefined
}

// pino gives these for integrations that need its speed (its documentation, `pino.symbols`).
const { lsCacheSym, timeSym, chindingsSym, streamSym } = pino.symbols as unknown as Record<string, symbol>
const info = 30

type Inside = {
  /** The start of a record, by the number of its level. */
  levels: Record<number, string>
  time: () => string
  /** What every record says, such as the process id. */
  always: string
  output: { write: (line: string) => void }
}

/**
 * A function that logs a call, word for word as `log.info(call, 'answered')`. Every card has such a record, and pino's way
 * through it was an eighth of a card's whole time; of this shape, every value is known to need no escaping.
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
    const { requestId, method, status, ms, application } = call
    if (call.actor !== undefined) return log.info(call, 'answered')
    const asked = application === undefined ? '' : `,"application":"${application}"`
    const values = `,"requestId":"${requestId}","method":"${method}","status":${status},"ms":${ms}${asked}`
    output.write(`${levels[info]}${time()}${always}${values},"msg":"answered"}\n`)
  }
}
