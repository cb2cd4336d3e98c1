import type { StoredApiKey } from '../../storage/keys/api-keys.ts'
import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'
import { scopes } from '../api-key.ts'

const date = (description: string) => ({ type: 'string', description: `${description} ISO 8601.` }) as const

/** A key in an answer: everything but the key itself. */
export const keySchema = {
  title: 'ApiKey',
  type: 'object',
  required: ['id', 'name', 'scopes', 'applications', 'state', 'createdAt'],
  properties: {
    id: { type: 'string', description: 'The part of the key that may be shown: `tlk_ID_…`.' },
    name: { type: 'string', description: 'Name of the caller, which the history of links shows.' },
    scopes: { type: 'array', items: { enum: scopes }, description: 'What the key may do; `admin` is everything.' },
    applications: {
      type: 'array',
      items: { type: 'string' },
      description: 'Ids of the applications to which the key is limited; empty: all.',
    },
    state: { enum: ['valid', 'expired', 'revoked'], description: 'Whether the key may be used.' },
    createdAt: date('When it was made.'),
    expiresAt: date('When it expires; absent: never.'),
    revokedAt: date('When it was revoked.'),
    lastUsedAt: date('When it was last used, exact to a minute; absent: never.'),
  },
} as const

/** A key in the form of `keySchema`. */
export function keyJson(key: StoredApiKey) {
  const { id, name, scopes, applications, createdAt, expiresAt, revokedAt, lastUsedAt } = key
  return {
    id,
    name,
    scopes,
    applications,
    state: stateOf(key),
    createdAt: formatTrackerDate(createdAt),
    ...(expiresAt && { expiresAt: formatTrackerDate(expiresAt) }),
    ...(revokedAt && { revokedAt: formatTrackerDate(revokedAt) }),
    ...(lastUsedAt && { lastUsedAt: formatTrackerDate(lastUsedAt) }),
  }
}

function stateOf({ revokedAt, expiresAt }: StoredApiKey): 'valid' | 'expired' | 'revoked' {
  if (revokedAt) return 'revoked'
  return expiresAt && expiresAt.getTime() <= Date.now() ? 'expired' : 'valid'
}
