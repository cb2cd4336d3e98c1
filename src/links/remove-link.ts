import type { ChangeLinks } from '../storage/links/link-changes.ts'
import type { LinkKeys } from '../storage/links/link-keys.ts'
import type { Actor } from './actor.ts'

/** What became of a removal: `ambiguous` holds the stored links that may be meant; nothing was removed. */
export type Removal =
  | { outcome: 'removed'; link: LinkKeys }
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
