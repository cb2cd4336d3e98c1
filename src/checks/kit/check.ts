import type { Exchange } from './exchange.ts'
import type { Kit } from './kit.ts'

/** What Tracker wants of an application, in the order of the report. */
export const groups = ['card', 'keys', 'create', 'remove', 'authorization', 'robustness', 'speed', 'tls'] as const
export type Group = (typeof groups)[number]

/**
 * How much depends on a check: `must` is what Tracker's documents say; `should` is what they leave open and a careful
 * application does, because Tracker may rely on it; `tolerant` is what makes an application easy to live with.
 */
export const levels = ['must', 'should', 'tolerant'] as const
export type Level = (typeof levels)[number]

/** What is wrong: the rule that was broken, what to do, and the exchange that shows it. */
export type Fault = { rule: string; fix: string; exchange?: Exchange }

/** `passed`, a fault, or the reason why it could not be judged. */
export type Verdict = typeof passed | { fault: Fault } | { skipped: string }

export const passed = 'passed'
export const fault = (rule: string, fix: string, exchange?: Exchange): Verdict => ({
  fault: { rule, fix, ...(exchange && { exchange }) },
})
export const skipped = (why: string): Verdict => ({ skipped: why })

/** One check. Its id is stable: reports are compared by it. */
export type Check = {
  id: string
  group: Group
  level: Level
  /** What is right, as a sentence without its end: `The card has its key`. */
  title: string
  /** Where Tracker's documents say so, or that they say nothing. */
  source: string
  run: (kit: Kit) => Promise<Verdict>
}
