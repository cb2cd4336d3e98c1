import type { Side } from '../both-sides/played-tracker.ts'

/** Who changes a link: only our side, only people in Tracker, or both without an order. */
export type Owner = 'here' | 'tracker' | 'both'
/** A link of the proof; `issue` is the number of the issue, which keeps it when the issue is moved. */
export type ProvedLink = {
  readonly issue: number
  readonly key: string
  readonly owner: Owner
  /** The last acknowledged change of each side. */
  here?: Side
  tracker?: Side
}

const ownerOf = (number: number): Owner => (number % 10 < 6 ? 'here' : number % 10 < 8 ? 'tracker' : 'both')

export const makeLinks = (issues: number, keys: number): ProvedLink[] =>
  Array.from({ length: issues * keys }, (_, number) => ({
    issue: Math.floor(number / keys),
    key: `object ${number % keys}/Ж`,
    owner: ownerOf(number % keys),
  }))

/** The states that a link may end in, given what was acknowledged. */
export function allowedStates({ owner, here, tracker }: ProvedLink): readonly Side[] {
  if (owner !== 'both') return [(owner === 'here' ? here : tracker) ?? 'absent']
  const last = [here, tracker].filter(side => side !== undefined)
  return last.length === 0 ? ['absent'] : last
}

export const nameOf = (issue: number | string, key: string) => `${issue} ${key}`
