import type { StoredApiKey } from '../../storage/keys/api-keys.ts'
import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'
import { scopes } from '../api-key.ts'

const date = (description: string) => ({ type: 'string', description: `${description} ISO 8601.` }) as const

/** What is told of a key: everything but the key itself. */
export const keySchema = {
  title: 'ApiKey',
  type: 'object',
  required: ['id', 'name', 'scopes', 'applications', 'state', 'createdAt'],
  properties: {
    id: { type: 'string', description: 'The part of the key that may be shown: `tlk_ID_…`.' },
    name: { type: 'string', description: 'What the history of a link calls the caller.' },
    scopes: { type: 'array', items: { enum: scopes }, description: 'What it may do; `admin` is everything.' },
    applications: { type: 'array', items: { type: 'string' }, description: 'What it is limited to; empty: nothing.' },
    state: { enum: ['valid', 'expired', 'revoked'], description: 'Whether it may be used.' },
    createdAt: date('When it was made.'),
    expiresAt: date('Until when it may be used; absent: for ever.'),
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
