import type { Queries } from '../../storage/database/queries.ts'
import { createLinks } from '../../storage/links/create-links.ts'
import { nameOf } from '../../storage/links/link-batch.ts'
import type { LinkKeys } from '../../storage/links/link-keys.ts'
import { createMovedLinks } from '../../storage/links/moved/create-moved.ts'
import { removedByTracker } from '../../storage/mirror/mirrored-links.ts'

/** Whoever reads the history sees that nobody made these links anew. */
const actor = { kind: 'application', login: 'mirror' } as const

/**
 * Makes links here again that a call of Tracker removed, and that no user of Tracker did; within a transaction. Not those that
 * were changed again since. Returns how many it has made.
 */
export async function restoreLinks(
  transaction: Queries,
  applicationId: string,
  links: readonly LinkKeys[],
): Promise<number> {
  const gone = await removedByTracker(transaction, applicationId, links)
  if (gone.length === 0) return 0
  const batch = [{ links: gone, names: gone.map(nameOf), actor }] as const
  if ((await createLinks(transaction, applicationId, batch)) === undefined)
    await createMovedLinks(transaction, applicationId, batch)
  return gone.length
}
