import type { NewCallRecord } from '../storage/calls/write-calls.ts'

/** Calls of a kind in this second: how many have a record, the last of these, and how many have none. */
export type Kind = { kept: number; last: NewCallRecord | undefined; left: number }

/** The kinds of an application of which there may be a flood: cards from memory, and cards that it refused, by the error's code. */
export type SharedKinds = { cards: Kind; refused: Map<string, Kind> }

/** Calls of a kind that have a record of their own in a second; the others are counted in the last one. */
const keptEach = 100

export const noCalls = (): Kind => ({ kept: 0, last: undefined, left: 0 })

/** Whether a call of this kind gets a record of its own. For all others of this second that is all that happens. */
export function takes(kind: Kind): boolean {
  if (kind.kept < keptEach) return true
  kind.left++
  return false
}

/** Cards that were refused with a code. */
export function refusedOf({ refused }: SharedKinds, code: string): Kind {
  const known = refused.get(code)
  if (known !== undefined) return known
  const kind = noCalls()
  refused.set(code, kind)
  return kind
}

/** Takes the last record of a kind, which stands for those after it that have none. */
export function takeLast(kind: Kind): NewCallRecord | undefined {
  const { last, left } = kind
  kind.last = undefined
  kind.left = 0
  if (last !== undefined) last.standsFor += left
  return last
}
