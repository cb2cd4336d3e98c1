import type { Queries } from '../../storage/database/queries.ts'
import { nameOf } from '../../storage/links/link-batch.ts'
import type { StoredEvent } from '../../storage/links/link-history.ts'
import type { LinkKeys } from '../../storage/links/link-keys.ts'
import { putOff } from '../../storage/mirror/mirror-stops.ts'
import {
  eventsBeside,
  type FormerEvent,
  insertMirrored,
  linkedNames,
  lockMirrored,
  presentKeys,
  removedByTracker,
  type StoredMirror,
  storeMirrored,
} from '../../storage/mirror/mirrored-links.ts'
import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { afterNews, afterNewsBeside, afterUnsentNews, isEcho, type LinkNews, type MirroredLink } from './protocol.ts'
import { restoreLinks } from './restore-links.ts'
import { linkOfRow, rowOfLink } from './stored-link.ts'

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
  const having = (is: (event: StoredEvent) => boolean) => links.filter(link => eventsOf.get(nameOf(link))?.some(is))
  const linked = await linkedNames(transaction, applicationId, having(isRemovalByTracker))
  const taken = await removedByTracker(transaction, applicationId, having(isRemovalByTracker))
  const restorable = new Set(taken.map(nameOf))
  const beside = await eventsBeside(transaction, applicationId, formerRemovals(events, moved))
  const echoes = new Map<string, LinkKeys>()
  const afterEvents = (keys: LinkKeys, row: StoredMirror | undefined) => {
    const name = nameOf(keys)
    const isUndone = () => {
      if (restorable.has(name)) echoes.set(name, keys)
      return restorable.has(name) || linked.has(name)
    }
    return { ...keys, ...takeOver(row, eventsOf.get(name) ?? [], { isMirrored, beside, isUndone }) }
  }
  // Most links are new, and stored by one statement; the others are locked and read first.
  const stored = await insertMirrored(
    transaction,
    applicationId,
    links.map(keys => afterEvents(keys, undefined)),
  )
  const isNew = new Set(stored.map(nameOf))
  // Those that are known are read anew, with what is known of them.
  for (const name of echoes.keys()) if (!isNew.has(name)) echoes.delete(name)
  const known = await lockMirrored(
    transaction,
    applicationId,
    links.filter(keys => !isNew.has(nameOf(keys))),
  )
  const changed = known.map(row => afterEvents({ issueKey: row.issueKey, remoteKey: row.remoteKey }, row))
  await storeMirrored(transaction, applicationId, changed, { isDone: false })
  if (isMirrored) await putOff(transaction, applicationId, [...new Set(links.map(({ issueKey }) => issueKey))])
  await restoreLinks(transaction, applicationId, [...echoes.values()])
}

/** Removals under a former key of an issue. `moved`: the present keys. */
const formerRemovals = (events: readonly StoredEvent[], moved: ReadonlyMap<string, string>): FormerEvent[] =>
  events.flatMap(({ id, kind, issueKey, remoteKey }) => {
    const present = moved.get(issueKey)
    if (present === undefined || kind !== 'removed') return []
    return [{ id, issueKey: issueKey as IssueKey, remoteKey: remoteKey as RemoteKey, present }]
  })

type Reading = {
  isMirrored: boolean
  /** Numbers of the events that change nothing for the issue. */
  beside: ReadonlySet<bigint>
  /** Called for a removal that is none of a user: whether it is undone, or was by somebody. */
  isUndone: () => boolean
}

/** What is stored of a link after its events. `row`: what was stored before; undefined: it was never heard of. */
function takeOver(
  row: StoredMirror | undefined,
  events: readonly StoredEvent[],
  { isMirrored, beside, isUndone }: Reading,
) {
  let link = row && linkOfRow(row)
  let changedAt = row?.changedAt
  for (const event of events) {
    const isQuick = changedAt !== undefined && event.occurredAt.getTime() - changedAt.getTime() < quick
    if (beside.has(event.id)) link = afterNewsBeside(link)
    else if (!(isMirrored && isEcho(link, newsOf(event)) && isUndone()))
      link = isMirrored ? afterNews(link, newsOf(event), isQuick) : afterUnsentNews(link, newsOf(event))
    changedAt = event.occurredAt
  }
  // Every link that is asked for has an event.
  return { ...rowOfLink(link as MirroredLink), ...(changedAt && { changedAt }) }
}

function isRemovalByTracker(event: StoredEvent): boolean {
  const { byTracker, side } = newsOf(event)
  return byTracker && side === 'absent'
}

/** What an event says of its link. */
export const newsOf = ({ kind, actorKind }: Pick<StoredEvent, 'kind' | 'actorKind'>): LinkNews => ({
  side: kind === 'created' ? 'linked' : 'absent',
  byTracker: actorKind === 'tracker' || actorKind === 'user',
})
