import { compareSides, isUnderWay, type Repair } from '../difference.ts'
import { baseOf as baseOfLink, type Side } from '../mirror/protocol.ts'
import type { KnownLink } from './known-side.ts'
import { type NewLine, writePrecondition } from './plan-line.ts'

/** A link of an issue, as both sides have it. */
export type LinkOfBoth = { remoteKey: string; known: KnownLink; remoteLinkIds: readonly string[] }

export type ComparedIssue = { issueKey: string; issueId: string | undefined }

/** What a comparison of the links of an issue gives. */
export type Compared = {
  lines: NewLine[]
  /** Objects whose links were changed meanwhile, or are being sent: nothing can be said of them now. */
  busy: string[]
  same: number
}

/** Whether both sides have the link, or neither, each once. */
export const isSame = ({ known, remoteLinkIds }: LinkOfBoth): boolean =>
  remoteLinkIds.length === (known.here === 'linked' ? 1 : 0)

/** Compares links; `baseOf` is what both sides agreed on last, where the mirror does not know it. */
export function compareLinks(
  { issueKey, issueId }: ComparedIssue,
  links: readonly LinkOfBoth[],
  { baseOf, planned }: { baseOf: ReadonlyMap<string, Side>; planned: 'tracker' | 'here' | 'both' },
): Compared {
  const compared: Compared = { lines: [], busy: [], same: 0 }
  for (const link of links) {
    const { remoteKey, known, remoteLinkIds } = link
    const { here, mirrored, isChanged } = known
    const base = mirrored ? baseOfLink(mirrored) : baseOf.get(remoteKey)
    const { kind, why, repair } = compareSides({ here, inTracker: remoteLinkIds, base })
    if (kind === 'same') compared.same += here === 'linked' ? 1 : 0
    else if (isChanged || isUnderWay(mirrored)) compared.busy.push(remoteKey)
    else
      compared.lines.push({
        issueKey,
        ...(issueId !== undefined && { issueId }),
        remoteKey,
        kind,
        why,
        ...(repair && isPlanned(repair, planned) && { repair }),
        precondition: writePrecondition({ here, generation: mirrored?.generation, remoteLinkIds }),
      })
  }
  return compared
}

const isPlanned = ({ side }: Repair, planned: 'tracker' | 'here' | 'both') => planned === 'both' || planned === side
