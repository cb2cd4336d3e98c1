import type { CallsInFlight } from './calls-in-flight.ts'
import { type Pace, paceOf, takeMoment } from './pace.ts'

/** When callers who are refused are to come back. */
export type ReturnTimes = {
  calls: CallsInFlight
  pace: Pace
  /** What had ended at the first refusal of this span. */
  before: { done: number; at: number }
  /** Calls a millisecond that ended in the span before; Infinity while nothing is known. */
  rate: number
}

/** Milliseconds over which the rate is measured. */
const span = 1_000
/**
 * Those who come back are one for 32 calls that are answered: whoever is refused again costs half of a call, and thousands who came
 * each second or two took a fifth of a slow machine. So the more are refused, the later they come; but nobody waits much longer
 * than a burst lasts.
 */
const share = 1 / 32
const longest = 15_000

export const returnTimes = (calls: CallsInFlight): ReturnTimes => ({
  calls,
  pace: paceOf(Infinity, longest),
  before: { done: calls.done, at: -Infinity },
  rate: Infinity,
})

/** One to three seconds, for `Retry-After`: those who were refused at one moment come back at three. */
export const secondsByChance = (): number => 1 + Math.floor(Math.random() * 3)

/**
 * Whole seconds, for `Retry-After`: until the next free moment, and some by chance at least. If no moment is free, by chance alone:
 * otherwise all who are too many would come at the last one.
 */
export function secondsUntilReturn(times: ReturnTimes): number {
  const now = times.calls.now()
  measureRate(times, now)
  times.pace.between = 1 / (times.rate * share)
  const away = takeMoment(times.pace, now)
  const wait = away < longest ? away : Math.random() * longest
  return Math.max(1 + Math.floor(wait / 1_000), secondsByChance())
}

/**
 * A span in which nobody was refused tells how much was asked for, not how much can be done. After it the moments begin anew, too: while
 * nothing is known there is none between two, and all would come at the next one.
 */
function measureRate(times: ReturnTimes, now: number): void {
  const { calls, before, pace } = times
  const elapsed = now - before.at
  if (elapsed < span) return
  const wasPause = elapsed >= 2 * span
  times.rate = wasPause ? Infinity : (calls.done - before.done) / elapsed
  if (wasPause) pace.next = -Infinity
  times.before = { done: calls.done, at: now }
}
