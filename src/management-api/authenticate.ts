import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Application } from '../config/schema.ts'
import type { ErrorCode } from '../errors/catalogue.ts'
import { Problem } from '../errors/problem.ts'
import type { Logger } from '../logging/logger.ts'
import type { Queries } from '../storage/database/queries.ts'
import { findApiKeyByHash, type StoredApiKey, touchApiKey } from '../storage/keys/api-keys.ts'
import { hashApiKey, isApiKey, type Scope } from './api-key.ts'

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

declare module 'fastify' {
  interface FastifyRequest {
    /** Filled by `authenticate`. */
    apiCaller: ApiCaller | undefined
  }
  interface FastifyContextConfig {
    /** Scopes one of which a caller needs; left out: any valid key will do. */
    scopes?: readonly Scope[]
    /** What the endpoint may refuse for, beside what concerns all of them; for the OpenAPI document. */
    errors?: readonly ErrorCode[]
    /** What one line of a body is that is read as a stream; for the OpenAPI document. */
    bodySchema?: object
  }
}

/** Milliseconds that a valid key counts without being looked up: a revoked one stops within 5 s. */
const remembered = 4_000
/** Milliseconds between two notes of a key's last use. */
const noteInterval = 60_000

/**
 * Hooks of every endpoint. `authenticate` lets in whoever has a valid key: 401 `api-key-missing`, `api-key-unknown`.
 * `authorize` then asks for the scopes of the endpoint, and for the application in its address: 403
 * `api-key-not-allowed`, 404 `application-unknown`.
 */
export function createAuthentication(options: {
  database: Queries
  applications: ReadonlyMap<string, Application>
  log: Logger
  /** Milliseconds that only grow; tests have their own. */
  clock?: { now: () => number }
}) {
  const { database, applications, log, clock = performance } = options
  const timing = { perf: clock, ttlResolution: 0 }
  const callers = new LRUCache<string, ApiCaller>({ max: 1_000, ttl: remembered, ...timing })
  const noted = new LRUCache<string, true>({ max: 1_000, ttl: noteInterval, ...timing })

  const noteUse = (id: string) => {
    if (noted.has(id)) return
    noted.set(id, true)
    touchApiKey(database, id).catch(error =>
      log.warn({ err: error, apiKey: id }, 'The use of an API key was not noted'),
    )
  }
  const find = async (key: string): Promise<ApiCaller> => {
    const hash = hashApiKey(key)
    const name = Buffer.from(hash).toString('base64')
    const known = callers.get(name)
    if (known) return known
    // From here on a revocation may be missed, however long the answer takes.
    const start = clock.now()
    const stored = await findApiKeyByHash(database, hash)
    const refusal = refusalOf(stored)
    if (!stored || refusal !== undefined) throw unauthorized('api-key-unknown', refusal ?? 'it is not known')
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

  return {
    authenticate: async (request: FastifyRequest): Promise<void> => {
      const key = presentedKey(request)
      if (key === undefined) throw unauthorized('api-key-missing')
      if (!isApiKey(key)) throw unauthorized('api-key-unknown', 'it has not the form of a key')
      request.apiCaller = await find(key)
      noteUse(request.apiCaller.apiKeyId)
    },

    authorize: async (request: FastifyRequest): Promise<void> => {
      const caller = callerOf(request)
      const needed = request.routeOptions.config.scopes ?? []
      const isAdmin = caller.scopes.has('admin')
      if (!isAdmin && needed.length > 0 && !needed.some(scope => caller.scopes.has(scope)))
        throw new Problem('api-key-not-allowed', `The API key lacks the scope ${needed.join(' or ')}.`)
      const { applicationId } = request.params as { applicationId?: string }
      if (applicationId === undefined) return
      if (!mayUse(caller, applicationId))
        throw new Problem('api-key-not-allowed', 'The API key is limited to other applications.')
      if (!applications.has(applicationId))
        throw new Problem('application-unknown', `The configuration has no application ${applicationId}.`)
    },
  }
}

/** The API key that a request carries, valid or not. */
export const presentedKey = ({ headers }: FastifyRequest): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]

/** The caller of an endpoint behind the hooks. */
export const callerOf = (request: FastifyRequest): ApiCaller => request.apiCaller as ApiCaller

/** Whether a caller may see or change an application. */
export const mayUse = ({ applications }: ApiCaller, applicationId: string): boolean =>
  applications.size === 0 || applications.has(applicationId)

function unauthorized(code: 'api-key-missing' | 'api-key-unknown', because?: string): Problem {
  const detail = because === undefined ? 'The request carries no API key.' : `The API key is not valid: ${because}.`
  const challenge = `Bearer realm="tracker-links"${because === undefined ? '' : ', error="invalid_token"'}`
  return new Problem(code, detail, { headers: { 'www-authenticate': challenge } })
}

function refusalOf(stored: StoredApiKey | undefined): string | undefined {
  if (!stored) return 'it is not known'
  if (stored.revokedAt) return 'it was revoked'
  return millisecondsLeft(stored) <= 0 ? 'it has expired' : undefined
}

const millisecondsLeft = ({ expiresAt }: StoredApiKey) => (expiresAt ? expiresAt.getTime() - Date.now() : Infinity)
