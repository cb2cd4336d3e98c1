import type { MirrorRow, StoredKnowledge } from '../../storage/reconciliation/known-links.ts'
import { newsOf } from '../mirror/follow-links.ts'
import { afterNews, afterUnsentNews, type MirroredLink, type Side } from '../mirror/protocol.ts'
import { linkOfRow } from '../mirror/stored-link.ts'

/** What is known here of a link. */
export type KnownLink = {
  here: Side
  /** As the mirror's follower will know it once it has read what has happened; undefined: it never heard of the link. */
  mirrored: MirroredLink | undefined
  /** Whether it was changed since the comparison began. */
  isChanged: boolean
}

const unknown: KnownLink = { here: 'absent', mirrored: undefined, isChanged: false }

/** What is known of each link of an issue, by the key of its object. `present`: the key that the issue has now. */
export function knownLinks(
  { links, mirrored, cursor, events }: StoredKnowledge,
  { present, since, isMirrored }: { present: string; since: bigint; isMirrored: boolean },
): Map<string, KnownLink> {
  const known = new Map<string, KnownLink>()
  const change = (remoteKey: string, more: Partial<KnownLink>) =>
    known.set(remoteKey, { ...(known.get(remoteKey) ?? unknown), ...more })

  // If both a former and the present key have a row, that of the present one counts.
  for (const row of mirrored.toSorted((one, other) => rankOf(one, present) - rankOf(other, present)))
    change(row.remoteKey, { mirrored: linkOfRow(storedRow(row)) })
  for (const { remoteKey } of links) change(remoteKey, { here: 'linked' })
  for (const event of events) {
    const { remoteKey, id } = event
    const before = known.get(remoteKey)?.mirrored
    const after = isMirrored ? afterNews : afterUnsentNews
    change(remoteKey, {
      ...(cursor !== undefined && id > cursor && { mirrored: after(before, newsOf(event)) }),
      ...(id > since && { isChanged: true }),
    })
  }
  return known
}

const rankOf = ({ issueKey }: MirrorRow, present: string) => (issueKey === present ? 1 : 0)

// What the mirror's functions ask of a row does not depend on its keys.
const storedRow = (row: MirrorRow) => row as Parameters<typeof linkOfRow>[0]
