import type { StoredEvent } from '../../storage/links/link-history.ts'
import type { StoredLink } from '../../storage/links/list-links.ts'
import { exactNumber } from '../../values/json-digits.ts'

/** A link as the commands print it as JSON; `issueId` only if it is known. */
export function linkValue({ issueKey, remoteKey, issueId, createdAt }: StoredLink) {
  return { issueKey, remoteKey, ...(issueId !== null && { issueId }), createdAt: createdAt.toISOString() }
}

/** An event as the commands print it as JSON; `id` as text, uids as numbers with every digit. */
export function eventValue({ id, kind, issueKey, remoteKey, issueId, occurredAt, ...actor }: StoredEvent) {
  return {
    id: id.toString(),
    occurredAt: occurredAt.toISOString(),
    kind,
    issueKey,
    remoteKey,
    ...(issueId !== null && { issueId }),
    actor: {
      kind: actor.actorKind,
      ...(actor.actorLogin !== null && { login: actor.actorLogin }),
      ...(actor.actorUid !== null && { uid: exactNumber(actor.actorUid) }),
    },
  }
}

/** The headings of `eventRow`. */
export const eventHeadings = ['TIME', 'EVENT', 'ISSUE', 'OBJECT', 'BY']

/** An event as a row of a table. */
export function eventRow({
  kind,
  issueKey,
  remoteKey,
  occurredAt,
  actorKind,
  actorLogin,
  actorUid,
}: StoredEvent): string[] {
  const by = [actorKind, actorLogin, actorUid === null ? null : `(uid ${actorUid})`]
  return [occurredAt.toISOString(), kind, issueKey, remoteKey, by.filter(part => part !== null).join(' ')]
}
