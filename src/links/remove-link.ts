import type { LinkKeys, LinkStore } from '../storage/links/link-store.ts'
import type { Actor } from './actor.ts'

/** What became of a removal: `ambiguous` holds the stored links that were meant perhaps, and nothing was removed. */
export type Removal =
  | { outcome: 'removed'; link: LinkKeys }
  | { outcome: 'absent' }
  | { outcome: 'ambiguous'; links: readonly LinkKeys[] }

/**
 * Removes the link that one of the readings names. What is stored decides: one stored reading is removed, none is
 * fine (a repeated removal is harmless), several are left alone, because a removal is never a guess.
 */
export async function removeLink(
  store: LinkStore,
  wish: { applicationId: string; readings: readonly LinkKeys[]; actor: Actor },
): Promise<Removal> {
  const { applicationId, readings, actor } = wish
  const stored = await store.change({ kind: 'remove', applicationId, links: readings, actor })
  const [link, another] = stored
  if (!link) return { outcome: 'absent' }
  return another ? { outcome: 'ambiguous', links: stored } : { outcome: 'removed', link }
}
