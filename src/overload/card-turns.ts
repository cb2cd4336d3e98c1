import type { Socket } from 'node:net'

/**
 * The turns that applications take in the cards that are answered from memory, of a millisecond each. Node hands over all calls that
 * have arrived before it looks for others, so that the card of one application would wait behind hundreds of another's; and who
 * calls as fast as cards are answered takes the whole processor. Therefore the connections of an application that had its share of
 * a turn rest: they are not read until one of the next turns.
 */
export type CardTurns = {
  now: () => number
  /** Calls back at the end of a turn. */
  atEnd: (end: () => void) => void
  /** Calls since `since`, and whether they come so quickly that turns are counted. */
  calls: number
  since: number
  isBusy: boolean
  /** The application of the last call, and when one after another's came last. */
  last: string
  mixedAt: number
  /** This turn: whether its end is watched, when it began, whether applications share it, and its calls by application. */
  isWatched: boolean
  began: number
  isShared: boolean
  byApplication: Map<string, number>
  /** The connections that are not read, those that rest longest first. */
  resting: Socket[]
}

/**
 * Calls of an application in a turn before its connections rest, and connections that end their rest with a turn. Together
 * 11,000 cards a second of an application, beside which others do not wait; with 8 they begin to.
 */
const share = 6
const woken = share
/** So many calls within so many milliseconds are busy. */
const busy = { calls: 32, within: 8 }
/** Milliseconds for which applications share turns after a call of another. */
const sharing = 1_000

export const cardTurns = (
  now = () => performance.now(),
  atEnd = (end: () => void): unknown => setTimeout(end, 1),
): CardTurns => ({
  now,
  atEnd,
  calls: 0,
  since: now(),
  isBusy: false,
  last: '',
  mixedAt: -Infinity,
  isWatched: false,
  began: 0,
  isShared: false,
  byApplication: new Map(),
  resting: [],
})

/** Counts an answered call. Without load that is all. */
export function countInTurn(turns: CardTurns, applicationId: string, connection: Socket): void {
  if (++turns.calls === busy.calls) look(turns)
  if (turns.isBusy) takePart(turns, applicationId, connection)
}

function look(turns: CardTurns): void {
  const now = turns.now()
  turns.isBusy = now - turns.since < busy.within
  turns.since = now
  turns.calls = 0
}

function takePart(turns: CardTurns, applicationId: string, connection: Socket): void {
  if (!turns.isWatched) beginTurn(turns)
  if (turns.last !== applicationId) {
    if (turns.last !== '') turns.mixedAt = turns.began
    turns.last = applicationId
  }
  if (!turns.isShared) return
  const calls = (turns.byApplication.get(applicationId) ?? 0) + 1
  turns.byApplication.set(applicationId, calls)
  if (calls > share && !connection.isPaused()) {
    connection.pause()
    turns.resting.push(connection)
  }
}

function beginTurn(turns: CardTurns): void {
  turns.began = turns.now()
  turns.isShared = turns.began - turns.mixedAt < sharing
  turns.byApplication.clear()
  turns.isWatched = true
  turns.atEnd(() => endTurn(turns))
}

function endTurn(turns: CardTurns): void {
  turns.isWatched = false
  if (turns.resting.length === 0) return
  for (const connection of turns.resting.splice(0, woken)) connection.resume()
  // The next turn ends the rest of others, whether a call comes in it or not.
  if (turns.resting.length > 0) beginTurn(turns)
}
