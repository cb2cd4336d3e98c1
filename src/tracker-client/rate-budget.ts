import { setTimeout as sleep } from 'node:timers/promises'

/** Lets requests go one after the other, no faster than the budget. `take` throws the reason of its signal once that aborts. */
export type RateBudget = {
  take: (signal?: AbortSignal) => Promise<void>
  /** Lets nothing go for so many milliseconds, because Tracker asked for a pause. */
  holdBack: (milliseconds: number) => void
}

// Timers are a few milliseconds late. That much may be caught up on, or a high rate would never be reached.
const slackMs = 4
// Some requests take longer on their way than others, so they may arrive closer together than they were sent.
const jitterMs = 50

/** A budget of `perSecond` requests, evenly spread: no second, wherever it begins, has more, here or at Tracker. */
export function createRateBudget(perSecond: number): RateBudget {
  const interval = (1_000 + slackMs + jitterMs) / perSecond
  let free = performance.now()
  let last: Promise<void> = Promise.resolve()

  const wait = async (signal?: AbortSignal) => {
    for (let left = free - performance.now(); left > slackMs; left = free - performance.now()) await pause(left, signal)
    signal?.throwIfAborted()
    free = Math.max(free, performance.now() - slackMs) + interval
  }
  return {
    take(signal) {
      const turn = last.then(() => wait(signal))
      // A request that gave up must not stop those behind it.
      last = turn.catch(() => undefined)
      return turn
    },
    holdBack(milliseconds) {
      free = Math.max(free, performance.now() + milliseconds)
    },
  }
}

/** Waits so many milliseconds. Throws the reason of the signal once that aborts. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined)
  signal?.throwIfAborted()
}
