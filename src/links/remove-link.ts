import type { ChangeLinks } from '../storage/links/link-changes.ts'
import type { LinkKeys } from '../storage/links/link-keys.ts'
import type { RemoveRenamed } from '../storage/objects/remove-renamed.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'
import type { Actor } from './actor.ts'

/** What became of a removal: `ambiguous` holds the stored links that may be meant; nothing was removed. */
export type Removal =
  | { outcome: 'removed'; link: LinkKeys; formerKey?: RemoteKey }
  | { outcome: 'absent' }
  | { outcome: 'ambiguous'; links: readonly LinkKeys[] }

/**
 * Removes the link that one of the readings names. What is stored decides: if one reading is stored, it is
 * removed; if none is, all is well (a repeated removal is harmless); if several are, nothing is removed: a removal never guesses.
 */
export async function removeLink(
  change: ChangeLinks,
  wish: { applicationId: string; readings: readonly LinkKeys[]; actor: Actor },
): Promise<Removal> {
  const { applicationId, readings, actor } = wish
  const stored = await change({ kind: 'remove', applicationId, links: readings, actor })
  const [link, another] = stored
  if (!link) return { outcome: 'absent' }
  return another ? { outcome: 'ambiguous', links: stored } : { outcome: 'removed', link }
}

/**
 * The same for a removal in Tracker, which may name an object by a former key: then the link that stands under the present key is
 * removed.
 */
export async function removeInTracker(
  links: { change: ChangeLinks; removeRenamed: RemoveRenamed },
  wish: { applicationId: string; readings: readonly LinkKeys[]; actor: Actor },
): Promise<Removal> {
  const removal = await removeLink(links.change, wish)
  if (removal.outcome !== 'absent') return removal
  const found = await links.removeRenamed({ ...wish, links: wish.readings })
  const [link, another] = found
  if (!link) return removal
  if (another) return { outcome: 'ambiguous', links: found.map(({ asked }) => asked) }
  return { outcome: 'removed', link: link.stored, formerKey: link.asked.remoteKey }
}
