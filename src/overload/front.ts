import type { IncomingMessage } from 'node:http'
import { note, type Tally } from '../logging/tally.ts'
import { type CallCounts, countCall, countOther, countsOf } from '../metrics/call-counts.ts'
import { type CallsInFlight, callsInFlight, isFull, isPressed } from './calls-in-flight.ts'
import { type CardTurns, cardTurns } from './card-turns.ts'
import { type Handle, refusalLine, refuseInLine } from './refusal-line.ts'
import { refuseCall } from './refuse-call.ts'
import { returnTimes, secondsUntilReturn } from './return-times.ts'

/** What is in flight, over all configurations that are served. */
export type Load = {
  /** Creations and removals of links. */
  changes: CallsInFlight
  /** Cards that are not in memory. */
  cards: CallsInFlight
  triggers: CallsInFlight
  turns: CardTurns
}

/**
 * Changes share statements, so that many at once are done quickly; what waits for longer than a second is not done in the time
 * that Tracker has. Cards that are not in memory may wait for a slow source, which its own limits bound.
 * Each trigger may ask Tracker, and a queue may be moved as a whole.
 */
export const measureLoad = (now?: () => number): Load => ({
  changes: callsInFlight({ most: 256, sure: 64, patience: 1_000 }, now),
  cards: callsInFlight({ most: 1_024, sure: 1_024, patience: Infinity }, now),
  triggers: callsInFlight({ most: 8, sure: 8, patience: Infinity }, now),
  turns: cardTurns(now),
})

type Front = {
  handle: Handle
  /** The application that a request is for, by its method and address alone; undefined if none answers there. */
  applicationOf: (request: IncomingMessage) => string | undefined
  load: Load
  tally: Tally
  counts: CallCounts | undefined
}

/**
 * The way into the public server, before Fastify: a change that would wait too long is refused before its body is read. Without
 * load nothing is done here but a comparison.
 */
export function openFront({ handle, applicationOf, load, tally, counts }: Front): Handle {
  const isTooMuch = (request: IncomingMessage): boolean => {
    if (!isChange(request)) return false
    const application = applicationOf(request)
    return application !== undefined && isFull(load.changes, application)
  }
  const returns = returnTimes(load.changes)
  const line = refusalLine((request, response) => {
    const application = applicationOf(request) ?? ''
    note(tally, { application }, 'calls are refused: more came than can be answered in time')
    if (counts !== undefined) countRefusal(counts, application, request)
    refuseCall(request, response, secondsUntilReturn(returns))
  })
  return (request, response) => {
    if (isPressed(load.changes) && isTooMuch(request)) refuseInLine(line, request, response)
    else handle(request, response)
  }
}

/** By its method, a trigger's POST looks like a creation: nothing more of the request was read. */
function countRefusal(counts: CallCounts, application: string, { method }: IncomingMessage): void {
  if (method === 'PUT' || application === '') countOther(counts.triggers, 503)
  else countCall(counts, countsOf(counts, application), method === 'DELETE' ? 'removeLink' : 'createLink', 503, '')
}

// PUT is a trigger's.
const isChange = ({ method }: IncomingMessage) => method === 'POST' || method === 'DELETE' || method === 'PUT'
