import type { MirroredLink, Side } from './mirror/protocol.ts'

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

/** Whether a line of a plan still holds: neither side has changed since, and nothing is on its way. */
export function stillHolds(
  { here, generation, remoteLinkIds }: Precondition,
  now: { here: Side; inTracker: readonly string[]; mirrored: MirroredLink | undefined },
): boolean {
  if (isUnderWay(now.mirrored)) return false
  const isSameHere = now.here === here && now.mirrored?.generation === generation
  return isSameHere && [...now.inTracker].sort().join(' ') === [...remoteLinkIds].sort().join(' ')
}

/** Whether the mirror is sending something for a link, or will: then a difference means nothing yet. */
export const isUnderWay = (mirrored: MirroredLink | undefined): boolean =>
  mirrored !== undefined && (mirrored.leaseToken !== undefined || mirrored.inDoubt || mirrored.dueIn !== undefined)

/** What is known of a link once a look has shown what Tracker has: what differs is to be sent. Its tries that failed still count. */
export function seenInTracker(
  known: MirroredLink | undefined,
  { here, remoteLinkIds }: { here: Side; remoteLinkIds: readonly string[] },
): MirroredLink {
  return {
    wanted: here,
    generation: known?.generation ?? 0n,
    agreed: remoteLinkIds.length > 0 ? 'linked' : 'absent',
    agreedGeneration: known?.agreedGeneration ?? 0n,
    remoteLinkId: remoteLinkIds[0],
    // Which of several is the one that stays, the next look decides.
    inDoubt: remoteLinkIds.length > 1,
    attempts: known?.attempts ?? 0,
    dueIn: 0,
    lastError: known?.lastError,
    leaseToken: undefined,
  }
}
