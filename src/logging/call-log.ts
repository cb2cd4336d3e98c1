import { pino } from 'pino'
import { type Logger, logsKeys } from './logger.ts'

/** The log record of an answered call. `application` is an id of the configuration; `ms` is the time in milliseconds. */
export type AnsweredCall = {
  requestId: string
  /** See `callerRequestId`. */
  callerRequestId?: string | undefined
  /** Of the trace that the call belongs to, 32 hexadecimal digits. */
  trace_id?: string | undefined
  method: string
  status: number
  ms: number
  application?: string | undefined
  /** The user on whose behalf Tracker called, if that is known. */
  actor?: object | undefined
  /** Which of the three calls it is; undefined if nobody answers there. */
  call?: string | undefined
  issueKey?: string | undefined
  /** The key that was taken, or the first one. */
  remoteKey?: string | undefined
  /** The code of an error. */
  code?: string | undefined
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
 * A function that logs a call as `log.info(call, 'answered')` does, with bounded keys. Every card has such a record, and pino took
 * an eighth of a card's whole time for it. No value of this record needs escaping but the caller's own and the object's key.
 */
export function createCallLog(log: Logger): (call: AnsweredCall) => void {
  const inside = (name: symbol | undefined) => Reflect.get(log, name as symbol) as unknown
  const { levels, time, always, output } = {
    levels: inside(lsCacheSym),
    time: inside(timeSym),
    always: inside(chindingsSym),
    output: inside(streamSym),
  } as Inside
  const withKeys = logsKeys(log)
  // The same text for a millisecond.
  let moment = ''
  let start = ''
  const startOf = (now: string): string => {
    if (now !== moment) {
      moment = now
      start = `${levels[info]}${now}${always},"requestId":"`
    }
    return start
  }
  return answered => {
    if (!log.isLevelEnabled('info')) return
    const { requestId, callerRequestId, method, status, ms, application, actor, call, code, trace_id } = answered
    const issueKey = withKeys ? answered.issueKey : undefined
    const remoteKey = withKeys ? answered.remoteKey : undefined
    if (actor !== undefined)
      return log.info({ ...answered, issueKey, remoteKey: remoteKey && bounded(remoteKey) }, 'answered')
    const named = application === undefined ? '' : `,"application":"${application}"`
    const which = call === undefined ? '' : `,"call":"${call}"`
    const issue = issueKey === undefined ? '' : `,"issueKey":${written(issueKey)}`
    const object = remoteKey === undefined ? '' : `,"remoteKey":${written(remoteKey)}`
    const error = code === undefined ? '' : `,"code":"${code}"`
    const callers = callerRequestId === undefined ? '' : `,"callerRequestId":${JSON.stringify(callerRequestId)}`
    const trace = trace_id === undefined ? '' : `,"trace_id":"${trace_id}"`
    const values = `"${callers}${trace},"method":"${method}","status":${status},"ms":${ms}${named}${which}${issue}${object}${error}`
    output.write(`${startOf(time())}${requestId}${values},"msg":"answered"}\n`)
  }
}

const mostCharacters = 128
const plain = /^[\w .,:;@/+=-]{1,128}$/

/** A key as JSON, at most 128 characters of it. What some readers of lines take for the end of one is escaped, too. */
function written(key: string): string {
  if (plain.test(key)) return `"${key}"`
  return JSON.stringify(bounded(key)).replace(/[\u007f-\u009f\u2028\u2029]/g, escaped)
}

const bounded = (key: string) => (key.length > mostCharacters ? `${key.slice(0, mostCharacters)}…` : key)
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
