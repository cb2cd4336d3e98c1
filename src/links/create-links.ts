import type { ChangeLinks } from '../storage/links/link-changes.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'
import { type AllowedLinks, allowLinks } from './allow-links.ts'
import type { Links, LinkWish } from './links.ts'

/** A link that was asked for, and whether it is new. */
export type CreatedLink = { remoteKey: RemoteKey; created: boolean }

/**
 * Links an issue to objects, if the application allows it: all or none, each key once however often it is named, harmless
 * when repeated. Returns the links in the order of the request. Throws UnknownObjects.
 */
export async function createLinks(links: Links, wish: LinkWish): Promise<CreatedLink[]> {
  return createAllowedLinks(links.change, await allowLinks(links.unknownKeys, wish))
}

/** The second half of `createLinks`, for a caller that asks first and then changes within a transaction. */
export async function createAllowedLinks(change: ChangeLinks, wish: AllowedLinks): Promise<CreatedLink[]> {
  const { application, issueKey, actor } = wish
  const links = Array.from(new Set(wish.remoteKeys), remoteKey => ({ issueKey, remoteKey }))
  const created = new Set(await change({ kind: 'create', applicationId: application.id, links, actor }))
  return links.map(link => ({ remoteKey: link.remoteKey, created: created.has(link) }))
}
