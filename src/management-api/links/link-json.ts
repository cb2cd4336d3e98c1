import type { MirrorState } from '../../reconciliation/mirror/mirror-state.ts'
import type { StoredEvent } from '../../storage/links/link-history.ts'
import type { StoredLink } from '../../storage/links/list-links.ts'
import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'
import { exactNumber } from '../../values/json-digits.ts'
import { mirrorJson, mirrorSchema } from './mirror-json.ts'

const keys = {
  issueKey: { type: 'string', description: 'Key of the issue, in capitals.' },
  remoteKey: { type: 'string', description: 'Key of the object, exactly as the application writes it.' },
  issueId: { type: 'string', description: "Tracker's id of the issue, where it is known: it survives a move." },
} as const

/** A link in an answer. */
export const linkSchema = {
  type: 'object',
  required: ['issueKey', 'remoteKey', 'createdAt'],
  properties: {
    ...keys,
    createdAt: { type: 'string', description: "When it was created, in Tracker's form." },
    mirror: mirrorSchema,
  },
} as const

/** What happened to a link, in an answer. */
export const eventSchema = {
  type: 'object',
  required: ['id', 'kind', 'issueKey', 'remoteKey', 'occurredAt', 'actor'],
  properties: {
    id: { type: 'string', description: 'Number of the event: of two events of one link the later has the higher one.' },
    kind: { enum: ['created', 'removed'], description: 'What happened to the link.' },
    ...keys,
    occurredAt: { type: 'string', description: "When it happened, in Tracker's form." },
    actor: {
      type: 'object',
      required: ['kind'],
      description: 'Who did it.',
      properties: {
        kind: {
          enum: ['tracker', 'user', 'operator', 'application'],
          description:
            'Tracker with its fixed token, a user whose token was verified, an operator at the command line, or the ' +
            'application with an API key.',
        },
        login: {
          type: 'string',
          description:
            'Login of the user or of the operator, or the name of the API key; `import` or `reconciliation` for a link ' +
            'that was taken over from Tracker.',
        },
        uid: { type: 'integer', description: 'Uid of the user.' },
      },
    },
  },
} as const

/** A link as `linkSchema` says. */
export function linkJson({ issueKey, remoteKey, issueId, createdAt }: StoredLink, mirror?: MirrorState) {
  return {
    issueKey,
    remoteKey,
    ...(issueId !== null && { issueId }),
    createdAt: formatTrackerDate(createdAt),
    ...(mirror && { mirror: mirrorJson(mirror) }),
  }
}

/** An event as `eventSchema` says. */
export function eventJson({ id, kind, issueKey, remoteKey, issueId, occurredAt, ...actor }: StoredEvent) {
  return {
    id: id.toString(),
    kind,
    issueKey,
    remoteKey,
    ...(issueId !== null && { issueId }),
    occurredAt: formatTrackerDate(occurredAt),
    actor: {
      kind: actor.actorKind,
      ...(actor.actorLogin !== null && { login: actor.actorLogin }),
      ...(actor.actorUid !== null && { uid: exactNumber(actor.actorUid) }),
    },
  }
}
