import type { Queries } from '../../storage/database/queries.ts'
import { nameOf } from '../../storage/links/link-batch.ts'
import type { StoredEvent } from '../../storage/links/link-history.ts'
import type { LinkKeys } from '../../storage/links/link-keys.ts'
import {
  addMirrored,
  lockMirrored,
  presentKeys,
  type StoredMirror,
  storeMirrored,
} from '../../storage/mirror/mirrored-links.ts'
import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { afterNews, afterUnsentNews, type LinkNews, type MirroredLink } from './protocol.ts'
import { isUnheardOf, linkOfRow, rowOfLink } from './stored-link.ts'

/** The name of the mirror among the followers of the feed. */
export const mirrorFollower = 'mirror'

/** Milliseconds: a change that comes sooner after the one before waits for the next. */
const quick = 1_000

/**
 * Takes over what events tell of links, in the transaction that moves the follower's cursor. `isMirrored`: whether changes are sent.
 */
export async function followLinks(
  transaction: Queries,
  applicationId: string,
  events: readonly StoredEvent[],
  { isMirrored }: { isMirrored: boolean },
): Promise<void> {
  const moved = await presentKeys(
    transaction,
    applicationId,
    events.map(event => event.issueKey),
  )
  // What is stored was checked when it was written.
  const keysOf = ({ issueKey, remoteKey }: StoredEvent): LinkKeys => ({
    issueKey: (moved.get(issueKey) ?? issueKey) as IssueKey,
    remoteKey: remoteKey as RemoteKey,
  })
  const eventsOf = Map.groupBy(events, event => nameOf(keysOf(event)))
  const links = Array.from(eventsOf.values(), ([event]) => keysOf(event as StoredEvent))
  await addMirrored(transaction, applicationId, links)
  const rows = await lockMirrored(transaction, applicationId, links)
  const changed = rows.map(row => ({
    ...keysOfRow(row),
    ...afterEvents(row, eventsOf.get(nameOf(row)) ?? [], isMirrored),
  }))
  await storeMirrored(transaction, applicationId, changed, { isDone: false })
}

const keysOfRow = ({ issueKey, remoteKey }: StoredMirror): LinkKeys => ({ issueKey, remoteKey })

function afterEvents(row: StoredMirror, events: readonly StoredEvent[], isMirrored: boolean) {
  let link: MirroredLink | undefined = isUnheardOf(row) ? undefined : linkOfRow(row)
  let { changedAt } = row
  for (const event of events) {
    const isQuick = link !== undefined && event.occurredAt.getTime() - changedAt.getTime() < quick
    link = isMirrored ? afterNews(link, newsOf(event), isQuick) : afterUnsentNews(link, newsOf(event))
    changedAt = event.occurredAt
  }
  return link === undefined ? row : { ...rowOfLink(link), changedAt }
}

const newsOf = ({ kind, actorKind }: StoredEvent): LinkNews => ({
  side: kind === 'created' ? 'linked' : 'absent',
  byTracker: actorKind === 'tracker' || actorKind === 'user',
})
