import { baseOf, type MirroredLink, type Side } from './mirror/protocol.ts'

/** What both sides have of a link, and what they last agreed on. */
export type BothSides = {
  here: Side
  /** Ids of Tracker's remote links. */
  inTracker: readonly string[]
  /** Undefined: they never agreed, as far as anybody knows. */
  base: Side | undefined
}

/** How two sides of a link differ; `same`: they do not. */
export type DifferenceKind = 'same' | 'doubled' | 'only-here' | 'only-in-tracker'

/** What would make both sides alike, and which side it changes. */
export type Repair =
  | { side: 'here'; action: 'create' | 'remove' }
  | { side: 'tracker'; action: 'add' }
  | { side: 'tracker'; action: 'remove'; remoteLinkIds: readonly string[] }

export type Difference = { kind: DifferenceKind; why: Why; repair: Repair | undefined }

/** Why two sides differ, as far as the last agreement tells. */
export type Why =
  | 'agreed'
  | 'linked-twice-in-tracker'
  | 'removal-in-tracker-got-lost'
  | 'not-mirrored-yet'
  | 'removal-not-mirrored'
  | 'creation-in-tracker-got-lost'

/** Three-way: what both sides agreed on last tells which of the two changed. */
export function compareSides({ here, inTracker, base }: BothSides): Difference {
  const [first, ...others] = inTracker
  if (here === 'linked' && first === undefined)
    return base === 'linked'
      ? { kind: 'only-here', why: 'removal-in-tracker-got-lost', repair: { side: 'here', action: 'remove' } }
      : { kind: 'only-here', why: 'not-mirrored-yet', repair: { side: 'tracker', action: 'add' } }
  if (here === 'absent' && first !== undefined)
    return base === 'linked'
      ? {
          kind: 'only-in-tracker',
          why: 'removal-not-mirrored',
          repair: { side: 'tracker', action: 'remove', remoteLinkIds: inTracker },
        }
      : {
          kind: 'only-in-tracker',
          why: 'creation-in-tracker-got-lost',
          repair: { side: 'here', action: 'create' },
        }
  if (others.length > 0)
    return {
      kind: 'doubled',
      why: 'linked-twice-in-tracker',
      repair: { side: 'tracker', action: 'remove', remoteLinkIds: others },
    }
  return { kind: 'same', why: 'agreed', repair: undefined }
}

/** What a line of a plan was made under. It is done only if all of it is still so. */
export type Precondition = { here: Side; generation: bigint | undefined; remoteLinkIds: readonly string[] }

/** A link as both sides have it now. */
type SidesNow = { here: Side; inTracker: readonly string[]; mirrored: MirroredLink | undefined }

/** Whether a line of a plan still holds: neither side has changed since, and nothing is on its way. */
export const stillHolds = (precondition: Precondition, now: SidesNow): boolean =>
  isAsBefore(precondition, now) && now.mirrored?.generation === precondition.generation

/**
 * The same for a link of an issue that was moved after the plan was made. What is known of it under two keys has become one, of another
 * generation: the line holds if a comparison says the same again.
 */
export function stillHoldsMoved(precondition: Precondition, why: string, now: SidesNow): boolean {
  const { here, inTracker, mirrored } = now
  return isAsBefore(precondition, now) && compareSides({ here, inTracker, base: baseOf(mirrored) }).why === why
}

function isAsBefore({ here, remoteLinkIds }: Precondition, now: SidesNow): boolean {
  if (isUnderWay(now.mirrored) || now.here !== here) return false
  return [...now.inTracker].sort().join(' ') === [...remoteLinkIds].sort().join(' ')
}

/** Whether the mirror is sending something for a link, or will: then a difference means nothing yet. */
export const isUnderWay = (mirrored: MirroredLink | undefined): boolean =>
  mirrored !== undefined && (mirrored.leaseToken !== undefined || mirrored.dueIn !== undefined)
