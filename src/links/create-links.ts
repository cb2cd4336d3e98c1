import { withConflictRetry } from '../storage/database-problem.ts'
import type { LinkStore } from '../storage/link-store.ts'
import type { IssueKey } from '../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'
import type { Actor } from './actor.ts'

/** A link that was asked for, and whether it is new. */
export type CreatedLink = { remoteKey: RemoteKey; created: boolean }

/**
 * Links an issue to objects: all or none, each key once however often it is named, harmless when repeated.
 * Returns the links in the order they were asked for.
 */
export async function createLinks(
  store: LinkStore,
  wish: { applicationId: string; issueKey: IssueKey; remoteKeys: readonly RemoteKey[]; actor: Actor },
): Promise<CreatedLink[]> {
  const asked = [...new Set(wish.remoteKeys)]
  // Sorted, so that two calls with the same keys lock them in one order and never wait for each other in a circle.
  const created = await withConflictRetry(() =>
    store.create(wish.applicationId, wish.issueKey, asked.toSorted(), wish.actor),
  )
  return asked.map(remoteKey => ({ remoteKey, created: created.has(remoteKey) }))
}
