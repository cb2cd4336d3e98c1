import { lastShownObject } from '../../storage/calls/card-calls.ts'
import { recentHistory } from '../../storage/links/link-history.ts'
import { listLinks } from '../../storage/links/list-links.ts'
import { presentKeyOf } from '../../storage/objects/object-aliases.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Ground, Subject } from './probe.ts'

/** `isSample`: nobody asked about this object; it stands for all of them. */
export type ChosenObject = { key: RemoteKey; isSample: boolean }

/**
 * The object that is looked at, by its present key: the one that is asked about; else one that the issue is linked to; without such a
 * link the last one whose card Tracker got, or whose link was changed.
 */
export async function chosenObject(
  { database }: Pick<Ground, 'database'>,
  { application: { id }, issueKey, remoteKey }: Subject,
): Promise<ChosenObject | undefined> {
  if (database === undefined) return remoteKey && { key: remoteKey, isSample: false }
  if (remoteKey !== undefined) {
    const present = await presentKeyOf(database, id, remoteKey)
    // While it is renamed, each of its keys leads to the other.
    const isUnderWay = present !== undefined && (await presentKeyOf(database, id, present)) !== undefined
    return { key: isUnderWay ? remoteKey : (present ?? remoteKey), isSample: false }
  }
  const linked = issueKey && keyOf(await listLinks(database, id, { issueKey }, { limit: 1 }))
  if (linked) return { key: linked, isSample: false }
  const key = (await lastShownObject(database, id)) ?? keyOf(await recentHistory(database, id, {}, 1))
  return key && { key, isSample: true }
}

const keyOf = ([first]: readonly { remoteKey: string }[]) => first?.remoteKey as RemoteKey | undefined
