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
  /** Since when it has not been empty, in milliseconds. */
  longSince: number
  /** How long it may grow while it is slow. */
  longest: number | undefined
}

/**
 * Refusals in a turn of the event loop: six for each millisecond since the one before began, so that they take some tenth of the time.
 * Callers who are refused may come back at once, and if all of them were answered in each turn, those who were let in would wait
 * for thousands of refusals at each of their steps.
 */
const usual = { aMillisecond: 6, least: 32, most: 512 }
/**
 * In a line that has not been empty for a second stand callers who come again at once, whatever they are told: the sooner they are
 * refused, the more often they come. They are refused at a pace, three in four milliseconds, in turns of fifty milliseconds. Should
 * the line grow then, others came, and they do not wait for that: it is as fast as usual for ten seconds.
 */
const slow = { after: 1_000, aMillisecond: 0.75, most: 100, turn: 50, growth: 512, usualFor: 10_000 }

export const refusalLine = (refuse: Handle, now = () => performance.now()): RefusalLine => ({
  refuse,
  now,
  began: now(),
  left: 0,
  isWatched: false,
  waiting: new Set(),
  places: noRefusals(),
  longSince: Infinity,
  longest: undefined,
})

/** Refuses a call in this turn of the event loop, or in one of the next. */
export function refuseInLine(line: RefusalLine, request: IncomingMessage, response: ServerResponse): void {
  if (!line.isWatched) beginTurn(line)
  const { waiting, places } = line
  if (line.left > 0 && waiting.size === 0) {
    line.left--
    line.refuse(request, response)
  } else if (mayWait(places, request.socket)) {
    if (waiting.add({ request, response }).size === 1) line.longSince = line.now()
  }
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
  if (line.longest === undefined && now - line.longSince > slow.after) line.longest = 2 * size + slow.growth
  if (line.longest !== undefined && size > line.longest) {
    line.longSince = now + slow.usualFor - slow.after
    line.longest = undefined
  }
  return line.longest !== undefined
}

function endTurn(line: RefusalLine): void {
  line.isWatched = false
  if (line.waiting.size === 0) return
  beginTurn(line)
  for (const { request, response } of takeNext(line)) line.refuse(request, response)
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
  if (line.waiting.size === 0) {
    line.longSince = Infinity
    line.longest = undefined
  }
  return next
}
