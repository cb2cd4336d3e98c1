import type { IncomingMessage, ServerResponse } from 'node:http'

/** Answers one call, or at least begins to. */
export type Handle = (request: IncomingMessage, response: ServerResponse) => void

/** Calls that are to be refused, or let in if there is room when it is their turn. */
export type WaitingLine = {
  settle: Handle
  settled: number
  waiting: { request: IncomingMessage; response: ServerResponse }[]
}

/**
 * Calls that are settled in one turn of the event loop. Callers who are refused come back at once, and if all of them were
 * answered in each turn, those who were let in would wait for thousands of refusals at each of their steps.
 */
const inOneTurn = 128

export const waitingLine = (settle: Handle): WaitingLine => ({ settle, settled: 0, waiting: [] })

/** Settles a call in this turn of the event loop, or in one of the next. */
export function joinLine(line: WaitingLine, request: IncomingMessage, response: ServerResponse): void {
  if (line.settled === 0 && line.waiting.length === 0) setImmediate(nextTurn, line)
  if (line.settled < inOneTurn && line.waiting.length === 0) {
    line.settled++
    line.settle(request, response)
  } else line.waiting.push({ request, response })
}

function nextTurn(line: WaitingLine): void {
  const called = line.waiting.splice(0, inOneTurn)
  line.settled = 0
  if (called.length === 0) return
  line.settled = called.length
  setImmediate(nextTurn, line)
  // A caller that has gone needs no answer.
  for (const { request, response } of called) if (!request.socket.destroyed) line.settle(request, response)
}
