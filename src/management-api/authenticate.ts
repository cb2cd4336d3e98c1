import type { FastifyRequest } from 'fastify'
import type { Application } from '../config/schema.ts'
import type { ErrorCode } from '../errors/catalogue.ts'
import { Problem } from '../errors/problem.ts'
import type { Logger } from '../logging/logger.ts'
import type { Queries } from '../storage/database/queries.ts'
import type { Scope } from './api-key.ts'
import { type ApiCaller, findCaller, keyRefused, openKnownCallers } from './known-callers.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Filled by `authenticate`. */
    apiCaller: ApiCaller | undefined
  }
  interface FastifyContextConfig {
    /** Scopes that a caller needs, all of them; left out: any valid key will do. */
    scopes?: readonly Scope[]
    /** The codes of the endpoint's own errors, beside those that every endpoint has; for the OpenAPI document. */
    errors?: readonly ErrorCode[]
    /** What each line of a body is that is read as a stream; for the OpenAPI document. */
    bodySchema?: object
  }
}

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
  const known = openKnownCallers(options.database, options.log, options.clock ?? performance)
  return {
    authenticate: async (request: FastifyRequest): Promise<void> => {
      const key = presentedKey(request)
      if (key === undefined) throw keyRefused('api-key-missing')
      request.apiCaller = await findCaller(known, key)
    },
    authorize: async (request: FastifyRequest): Promise<void> => {
      refuseWithoutScope(request)
      const { applicationId } = request.params as { applicationId?: string }
      if (applicationId !== undefined) refuseApplication(callerOf(request), applicationId, options.applications)
    },
  }
}

function refuseWithoutScope(request: FastifyRequest): void {
  const caller = callerOf(request)
  const lacked = (request.routeOptions.config.scopes ?? []).filter(scope => !hasScope(caller, scope))
  if (lacked.length === 0) return
  throw new Problem('api-key-not-allowed', `The API key lacks the scope ${lacked.join(' and ')}.`)
}

export const hasScope = ({ scopes }: ApiCaller, scope: Scope): boolean => scopes.has('admin') || scopes.has(scope)

function refuseApplication(caller: ApiCaller, id: string, applications: ReadonlyMap<string, Application>): void {
  if (!mayUse(caller, id)) throw new Problem('api-key-not-allowed', 'The API key is limited to other applications.')
  if (!applications.has(id)) throw new Problem('application-unknown', `The configuration has no application ${id}.`)
}

/** The API key that a request carries, valid or not. */
export const presentedKey = ({ headers }: FastifyRequest): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]

/** The caller of an endpoint behind the hooks. */
export const callerOf = (request: FastifyRequest): ApiCaller => request.apiCaller as ApiCaller

/** Whether a caller may see or change an application. */
export const mayUse = ({ applications }: ApiCaller, applicationId: string): boolean =>
  applications.size === 0 || applications.has(applicationId)
