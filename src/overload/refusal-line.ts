import type { IncomingMessage, ServerResponse } from 'node:http'
import { mayWait, noRefusals, type WaitingRefusals, waitsNoMore } from './waiting-refusals.ts'

/** Answers one call, or at least begins to. */
export type Handle = (request: IncomingMessage, response: ServerResponse) => void

type Call = { request: IncomingMessage; response: ServerResponse }

/** Calls that are to be refused. */
export type RefusalLine = {
  refuse: Handle
  now: () => number
  /** When this turn began, in milliseconds, and the refusals that it has left. */
  began: number
  left: number
  isWatched: boolean
  /** In their order: of thousands the first are taken without moving the others. */
  waiting: Set<Call>
  places: WaitingRefusals
  /** Refusals since `from`, in milliseconds; begins anew after two seconds. */
  refused: { count: number; from: number }
  /** How long it may grow while it is slow. */
  longest: number | undefined
  /** When it may be slow again, in milliseconds. */
  usualUntil: number
}

/**
 * Refusals in a turn of the event loop: six for each millisecond since the one before began, so that they take some tenth of the time.
 * Callers who are refused may come back at once, and if all of them were answered in each turn, those who were let in would wait
 * for thousands of refusals at each of their steps.
 */
const usual = { aMillisecond: 6, least: 32, most: 512 }
/**
 * Where so many are refused for two seconds, callers come again at once, whatever they are told: the sooner they are refused, the more
 * often they come, be they fifty or thousands. (Thousands who wait as they are told come once in that time.) From then on calls are
 * refused at a pace, three in four milliseconds, in turns of fifty, until nobody waits at the end of a turn. Should the line grow
 * then, others came, and they do not wait for that: it is as fast as usual for a minute.
 */
const slow = { beyond: 2.5, after: 2_000, aMillisecond: 0.75, most: 100, turn: 50, growth: 512, usualFor: 60_000 }

export const refusalLine = (refuse: Handle, now = () => performance.now()): RefusalLine => ({
  refuse,
  now,
  began: now(),
  left: 0,
  isWatched: false,
  waiting: new Set(),
  places: noRefusals(),
  refused: { count: 0, from: now() },
  longest: undefined,
  usualUntil: -Infinity,
})

/** Refuses a call in this turn of the event loop, or in one of the next. */
export function refuseInLine(line: RefusalLine, request: IncomingMessage, response: ServerResponse): void {
  if (!line.isWatched) beginTurn(line)
  const { waiting, places } = line
  if (line.left > 0 && waiting.size === 0) {
    line.left--
    refuse(line, { request, response })
  } else if (mayWait(places, request.socket)) waiting.add({ request, response })
}

function refuse(line: RefusalLine, { request, response }: Call): void {
  line.refused.count++
  line.refuse(request, response)
}

function beginTurn(line: RefusalLine): void {
  const now = line.now()
  const elapsed = now - line.began
  line.began = now
  line.isWatched = true
  if (isSlow(line, now)) {
    line.left = Math.min(Math.max(Math.floor(elapsed * slow.aMillisecond), 1), slow.most)
    setTimeout(endTurn, slow.turn, line)
  } else {
    line.left = Math.min(Math.max(Math.floor(elapsed * usual.aMillisecond), usual.least), usual.most)
    setImmediate(endTurn, line)
  }
}

function isSlow(line: RefusalLine, now: number): boolean {
  const { size } = line.waiting
  if (line.longest !== undefined && size > line.longest) {
    line.usualUntil = now + slow.usualFor
    line.longest = undefined
  }
  const { refused } = line
  const elapsed = now - refused.from
  if (elapsed >= slow.after) {
    const areMany = refused.count > slow.beyond * elapsed
    if (areMany && now >= line.usualUntil) line.longest = 2 * size + slow.growth
    line.refused = { count: 0, from: now }
  }
  return line.longest !== undefined
}

function endTurn(line: RefusalLine): void {
  line.isWatched = false
  if (line.waiting.size === 0) {
    line.longest = undefined
    return
  }
  beginTurn(line)
  for (const call of takeNext(line)) refuse(line, call)
}

/** Those whose turn it is. Who has gone needs no answer, and takes nobody's turn. */
function takeNext(line: RefusalLine): Call[] {
  const next: Call[] = []
  for (const call of line.waiting) {
    if (line.left === 0) break
    line.waiting.delete(call)
    if (!waitsNoMore(line.places, call.request.socket)) continue
    line.left--
    next.push(call)
  }
  return next
}
