import type { LinkStore } from '../storage/links/link-store.ts'
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
  const { applicationId, issueKey, actor } = wish
  const links = Array.from(new Set(wish.remoteKeys), remoteKey => ({ issueKey, remoteKey }))
  const created = new Set(await store.change({ kind: 'create', applicationId, links, actor }))
  return links.map(link => ({ remoteKey: link.remoteKey, created: created.has(link) }))
}
