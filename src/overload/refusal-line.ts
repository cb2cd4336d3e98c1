import type { IncomingMessage, ServerResponse } from 'node:http'

/** Answers one call, or at least begins to. */
export type Handle = (request: IncomingMessage, response: ServerResponse) => void

/** Calls that are to be refused. */
export type RefusalLine = {
  refuse: Handle
  /** When this turn of the event loop began, in milliseconds, and the refusals that it has left. */
  began: number
  left: number
  isWatched: boolean
  waiting: { request: IncomingMessage; response: ServerResponse }[]
}

/**
 * Refusals in a turn of the event loop: six for each millisecond since the one before began, so that they take some tenth of the time.
 * Callers who are refused may come back at once, and if all of them were answered in each turn, those who were let in would wait
 * for thousands of refusals at each of their steps.
 */
const refusals = { aMillisecond: 6, least: 32, most: 512 }

export const refusalLine = (refuse: Handle): RefusalLine => ({
  refuse,
  began: performance.now(),
  left: 0,
  isWatched: false,
  waiting: [],
})

/** Refuses a call in this turn of the event loop, or in one of the next. */
export function refuseInLine(line: RefusalLine, request: IncomingMessage, response: ServerResponse): void {
  if (!line.isWatched) beginTurn(line)
  if (line.left > 0 && line.waiting.length === 0) {
    line.left--
    line.refuse(request, response)
  } else line.waiting.push({ request, response })
}

function beginTurn(line: RefusalLine): void {
  const now = performance.now()
  const { aMillisecond, least, most } = refusals
  line.left = Math.min(Math.max(Math.floor((now - line.began) * aMillisecond), least), most)
  line.began = now
  line.isWatched = true
  setImmediate(endTurn, line)
}

function endTurn(line: RefusalLine): void {
  line.isWatched = false
  if (line.waiting.length === 0) return
  beginTurn(line)
  const next = line.waiting.splice(0, line.left)
  line.left -= next.length
  // A caller that has gone needs no answer.
  for (const { request, response } of next) if (!request.socket.destroyed) line.refuse(request, response)
}
