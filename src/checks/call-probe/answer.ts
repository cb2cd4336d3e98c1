import type { StoredEvidence } from '../../storage/calls/probe-evidence.ts'
import type { SeenCall } from '../../storage/calls/sightings.ts'

/** What a question is answered from. */
export type Evidence = { calls: readonly SeenCall[]; stored: StoredEvidence; now: number }

/** An answer with its evidence, in lines that name no key, user, host or token; `undefined`: not seen yet. */
export type Answer = { answer: string; evidence: readonly string[] }

export type Question = {
  question: string
  /** What would show it. */
  toSee: string
  answer: (evidence: Evidence) => Answer | undefined
}

/** `OAuth (12), Bearer (3)`, the most frequent first. */
export function countedValues(values: readonly string[], most = 8): string {
  const counts = [...Map.groupBy(values, value => value)].map(([value, all]) => [value, all.length] as const)
  const shown = counts.toSorted((one, other) => other[1] - one[1]).map(([value, count]) => `${value} (${count})`)
  return shown.slice(0, most).join(', ') + (shown.length > most ? ` and ${shown.length - most} more` : '')
}

/** A key with its letters and digits replaced: `AAAA-9`, `aa/99`. */
export const shapeOf = (key: string): string =>
  key
    .slice(0, 40)
    .replace(/\p{Lu}/gu, 'A')
    .replace(/\p{L}/gu, 'a')
    .replace(/\p{N}/gu, '9')

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

/** `5 ms to 20 ms, half of them within 8 ms`; of one, or of equal ones, `5 ms`. */
export function spread(numbers: readonly number[]): string {
  const [least, most] = [Math.round(Math.min(...numbers)), Math.round(Math.max(...numbers))]
  return least === most
    ? `${most} ms`
    : `${least} ms to ${most} ms, half of them within ${Math.round(median(numbers))} ms`
}
