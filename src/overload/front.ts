import type { IncomingMessage } from 'node:http'
import { type CallsInFlight, callsInFlight, isFull, isPressed } from './calls-in-flight.ts'
import { refuseCall } from './refuse-call.ts'
import { note, type Tally } from './tally.ts'
import { createTurns, type Handle, takeTurn } from './turns.ts'

/** What a call is, by its method and address alone. */
export type CallName = { call: 'entityInfo' | 'createLink' | 'removeLink'; applicationId: string }

/** What is in flight, over all configurations that are served. */
export type Load = {
  /** Creations and removals of links. */
  changes: CallsInFlight
  /** Cards that are not in memory. */
  cards: CallsInFlight
}

/**
 * Changes share statements, so that many at once are done quickly; what waits for longer than a second is not done in the time
 * that Tracker has. Cards that are not in memory may wait for a slow source, which its own limits bound.
 */
export const measureLoad = (now?: () => number): Load => ({
  changes: callsInFlight({ most: 384, sure: 64, patience: 1_000 }, now),
  cards: callsInFlight({ most: 1_024, sure: 1_024, patience: Infinity }, now),
})

type Front = {
  handle: Handle
  /** Undefined if no application answers there. Asked only under load. */
  callOf: (request: IncomingMessage) => CallName | undefined
  load: Load
  tally: Tally
}

/**
 * The way into the public server, before Fastify: calls have turns, and a change that would wait too long is refused before its
 * body is read. A server without load does nothing here but count.
 */
export function openFront({ handle, callOf, load, tally }: Front): Handle {
  const refuse = (applicationId: string): void =>
    note(tally, { application: applicationId }, 'calls are refused: more came than can be answered in time')
  const turns = createTurns(
    (request, response) => {
      if (isPressed(load.changes) && isChange(request)) {
        const called = callOf(request)
        if (called !== undefined && isFull(load.changes, called.applicationId)) {
          refuse(called.applicationId)
          refuseCall(request, response)
          return
        }
      }
      handle(request, response)
    },
    {
      flowOf: request => {
        if (isHealth(request)) return undefined
        const called = callOf(request)
        return called === undefined ? 'unknown' : `${called.call} ${called.applicationId}`
      },
      refuse: (request, response) => {
        refuse(callOf(request)?.applicationId ?? 'none')
        refuseCall(request, response)
      },
    },
  )
  return (request, response) => takeTurn(turns, request, response)
}

const isChange = ({ method }: IncomingMessage) => method === 'POST' || method === 'DELETE'

/** Whether a request asks for the health of the server, which waits for nobody. */
export const isHealth = ({ url = '' }: { url?: string | undefined }): boolean =>
  url === '/health' || url.startsWith('/health?')
