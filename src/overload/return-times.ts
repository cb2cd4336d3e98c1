import { type CallsInFlight, rateOf } from './calls-in-flight.ts'
import { type Pace, paceOf, takeMoment } from './pace.ts'

/** When callers who are refused are to come back. */
export type ReturnTimes = { calls: CallsInFlight; pace: Pace }

/**
 * Those who come back are one for 32 calls that are answered: whoever is refused again costs half of a call, and thousands who came
 * each second or two took a fifth of a slow machine. So the more are refused, the later they come; but nobody waits much longer
 * than a burst lasts.
 */
const share = 1 / 32
const longest = 15_000

export const returnTimes = (calls: CallsInFlight): ReturnTimes => ({ calls, pace: paceOf(Infinity, longest) })

/** Whole seconds, for `Retry-After`: the next free moment, and one to three at least, so that those of one moment part. */
export function secondsUntilReturn({ calls, pace }: ReturnTimes): number {
  pace.between = 1 / (rateOf(calls) * share)
  return 1 + Math.floor(Math.max(takeMoment(pace, calls.now()) / 1_000, Math.random() * 3))
}
