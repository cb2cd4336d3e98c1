/**
 * The turns that applications take in the cards that are answered from memory, of a millisecond each. Node hands over all calls that
 * have arrived before it looks for others, so that the card of one application would wait behind hundreds of another's; and who
 * calls as fast as cards are answered takes the whole processor. Therefore the calls of an application that had its share of a turn
 * wait for one of the next. The calls wait, and not their connections: those of a proxy carry everybody's.
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
  /** Cards that an application may have in a turn, see `share`. */
  share: number
  byApplication: Map<string, number>
  /** What answers the calls that wait, by application, in their order. */
  waiting: Map<string, (() => void)[]>
}

/**
 * Cards of an application in a turn: 11,000 a second at most, beside which others do not wait; with a third more they begin to. A turn
 * that took longer than `longest` milliseconds had more cards than the machine is fast enough for: the next has a quarter fewer.
 */
const share = { most: 12, least: 2, longest: 2, fewer: 0.75, more: 0.25 }
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
  share: share.most,
  byApplication: new Map(),
  waiting: new Map(),
})

/** Whether a call may be answered in this turn; else it is to wait. Without load it is only counted. */
export function isItsTurn(turns: CardTurns, applicationId: string): boolean {
  if (++turns.calls === busy.calls) look(turns)
  return !turns.isBusy || takePart(turns, applicationId)
}

/** Answers a call in one of the next turns. */
export function waitForTurn({ waiting }: CardTurns, applicationId: string, answer: () => void): void {
  const own = waiting.get(applicationId)
  if (own === undefined) waiting.set(applicationId, [answer])
  else own.push(answer)
}

function look(turns: CardTurns): void {
  const now = turns.now()
  turns.isBusy = now - turns.since < busy.within
  turns.since = now
  turns.calls = 0
}

function takePart(turns: CardTurns, applicationId: string): boolean {
  if (!turns.isWatched) beginTurn(turns)
  if (turns.last !== applicationId) {
    if (turns.last !== '') turns.mixedAt = turns.began
    turns.last = applicationId
  }
  if (!turns.isShared) return true
  const calls = (turns.byApplication.get(applicationId) ?? 0) + 1
  turns.byApplication.set(applicationId, calls)
  return calls <= turns.share
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
  if (turns.isShared) turns.share = nextShare(turns)
  const { waiting, byApplication } = turns
  if (waiting.size === 0) return
  // The next turn begins with those that wait, whether another call comes in it or not.
  beginTurn(turns)
  for (const [applicationId, own] of waiting) {
    const next = own.splice(0, turns.share)
    if (own.length === 0) waiting.delete(applicationId)
    byApplication.set(applicationId, next.length)
    for (const answer of next) answer()
  }
}

function nextShare({ now, began, share: last }: CardTurns): number {
  const isLong = now() - began > share.longest
  return isLong ? Math.max(share.least, last * share.fewer) : Math.min(share.most, last + share.more)
}
