import { LRUCache } from 'lru-cache'
import { Problem } from '../errors/problem.ts'
import type { Logger } from '../logging/logger.ts'
import type { Queries } from '../storage/database/queries.ts'
import { findApiKeyByHash, type StoredApiKey, touchApiKey } from '../storage/keys/api-keys.ts'
import { hashApiKey, isApiKey } from './api-key.ts'

/** Who calls the management API. */
export type ApiCaller = {
  apiKeyId: string
  /** The key's name: what the history of a link calls the caller. */
  name: string
  scopes: ReadonlySet<string>
  /** Ids of applications; none: all. */
  applications: ReadonlySet<string>
  expiresAt: Date | null
}

/** The callers whose keys were looked up a moment ago, by the hash of the key, and the keys whose use was noted. */
export type KnownCallers = {
  database: Queries
  log: Logger
  clock: Clock
  callers: LRUCache<string, ApiCaller>
  /** Lookups in flight, which calls with the same key share: many at once must not take the connections. */
  lookups: Map<string, Promise<ApiCaller>>
  noted: LRUCache<string, true>
}

/** Milliseconds that only grow. */
type Clock = { now: () => number }

/** Milliseconds for which a valid key counts without being looked up: a revoked one stops within 5 s. */
const remembered = 4_000
/** Milliseconds between two notes of a key's last use. */
const noteInterval = 60_000

export function openKnownCallers(database: Queries, log: Logger, clock: Clock): KnownCallers {
  const timing = { perf: clock, ttlResolution: 0 }
  return {
    database,
    log,
    clock,
    callers: new LRUCache({ max: 1_000, ttl: remembered, ...timing }),
    lookups: new Map(),
    noted: new LRUCache({ max: 1_000, ttl: noteInterval, ...timing }),
  }
}

/** The caller with this key, whose use is noted now and then. Throws Problem `api-key-unknown` if the key is not valid. */
export async function findCaller(known: KnownCallers, key: string): Promise<ApiCaller> {
  if (!isApiKey(key)) throw keyRefused('api-key-unknown', 'it does not have the form of a key')
  const caller = await lookUp(known, key)
  noteUse(known, caller.apiKeyId)
  return caller
}

function lookUp(known: KnownCallers, key: string): ApiCaller | Promise<ApiCaller> {
  const hash = hashApiKey(key)
  const name = Buffer.from(hash).toString('base64')
  const caller = known.callers.get(name) ?? known.lookups.get(name)
  if (caller) return caller
  const lookup = readCaller(known, name, hash).finally(() => known.lookups.delete(name))
  known.lookups.set(name, lookup)
  return lookup
}

async function readCaller(
  { database, clock, callers }: KnownCallers,
  name: string,
  hash: Uint8Array<ArrayBuffer>,
): Promise<ApiCaller> {
  // The time counts from here: a revocation from now on may be missed, however long the answer takes.
  const start = clock.now()
  const stored = await findApiKeyByHash(database, hash)
  if (!stored) throw keyRefused('api-key-unknown', 'it is not known')
  const refusal = refusalOf(stored)
  if (refusal !== undefined) throw keyRefused('api-key-unknown', refusal)
  const caller = {
    apiKeyId: stored.id,
    name: stored.name,
    scopes: new Set(stored.scopes),
    applications: new Set(stored.applications),
    expiresAt: stored.expiresAt,
  }
  callers.set(name, caller, { start, ttl: Math.max(1, Math.min(remembered, millisecondsLeft(stored))) })
  return caller
}

function noteUse({ database, log, noted }: KnownCallers, id: string): void {
  if (noted.has(id)) return
  noted.set(id, true)
  touchApiKey(database, id).catch(error => log.warn({ err: error, apiKey: id }, 'The use of an API key was not noted'))
}

function refusalOf(stored: StoredApiKey): string | undefined {
  if (stored.revokedAt) return 'it was revoked'
  return millisecondsLeft(stored) <= 0 ? 'it has expired' : undefined
}

const millisecondsLeft = ({ expiresAt }: StoredApiKey) => (expiresAt ? expiresAt.getTime() - Date.now() : Infinity)

/** The answer 401, with the challenge of RFC 6750; `because` is left out if there is no key at all. */
export function keyRefused(code: 'api-key-missing' | 'api-key-unknown', because?: string): Problem {
  const detail = because === undefined ? 'The request carries no API key.' : `The API key is not valid: ${because}.`
  const challenge = `Bearer realm="tracker-links"${because === undefined ? '' : ', error="invalid_token"'}`
  return new Problem(code, detail, { headers: { 'www-authenticate': challenge } })
}
