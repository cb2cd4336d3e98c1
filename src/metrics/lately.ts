import { setTimeout as sleep } from 'node:timers/promises'

/** What a question to the database said last, how many seconds ago, and whether it still answers. */
export type Lately<T> = { isUp: boolean; value: T | undefined; age: number }

/** A question that is asked at most once in 5 s, however often somebody wants to know, and once at a time. */
export type AskedLately<T> = {
  ask: () => Promise<T>
  now: () => number
  known: { value: T | undefined; at: number; isUp: boolean }
  askedAt: number
  inFlight: Promise<void> | undefined
}

/** Milliseconds between two questions at least, and for which a scrape waits. */
const pause = 5_000
const patience = 1_000

export const askedLately = <T>(ask: () => Promise<T>, now: () => number): AskedLately<T> => ({
  ask,
  now,
  known: { value: undefined, at: -Infinity, isUp: false },
  askedAt: -Infinity,
  inFlight: undefined,
})

/** Who has waited for 1 s gets what was known before. */
export async function askLately<T>(asked: AskedLately<T>): Promise<Lately<T>> {
  const { known, now } = asked
  if (asked.inFlight === undefined && now() - asked.askedAt >= pause) asked.inFlight = begin(asked)
  if (asked.inFlight !== undefined) {
    const isOver = await Promise.race([asked.inFlight.then(() => true), sleep(patience, false, { ref: false })])
    if (!isOver) known.isUp = false
  }
  return { isUp: known.isUp, value: known.value, age: (now() - known.at) / 1_000 }
}

async function begin<T>(asked: AskedLately<T>): Promise<void> {
  asked.askedAt = asked.now()
  try {
    const value = await asked.ask()
    Object.assign(asked.known, { value, at: asked.now(), isUp: true })
  } catch {
    asked.known.isUp = false
  }
  asked.inFlight = undefined
}
