import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../../errors/problem.ts'
import { auditRecorder } from '../../storage/audit/audit-records.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { callerOf } from '../authenticate.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the record of this change says beside its parameters; `hasChanged`: something was changed although it is refused. */
    audit: { about?: Record<string, string>; hasChanged?: boolean } | undefined
  }
  interface FastifyContextConfig {
    /** Nothing is changed, whatever the method. */
    isRead?: true
  }
}

/** The parameters, and the fields of a body, that name what a request changes. */
const naming = ['key', 'issueKey', 'remoteKey', 'keyId', 'name', 'to', 'runId', 'repair'] as const
const namingLists = ['remoteKeys', 'scopes', 'applications'] as const
/** Most keys of a list that are recorded. */
const mostKeys = 20

/**
 * Records each change that a caller is told of, before it is told: an acknowledged change has its record. If that cannot be
 * written, the caller is told so: Problem `change-not-recorded`.
 */
export function recordChanges(app: FastifyInstance, { database }: { database: Queries }): void {
  const record = auditRecorder(database)
  app.decorateRequest('audit')
  app.addHook('onSend', async (request, reply) => {
    if (isRead(request) || request.apiCaller === undefined) return
    if (reply.statusCode >= 400 && !request.audit?.hasChanged) return
    const { apiKeyId, name } = callerOf(request)
    const { applicationId } = request.params as { applicationId?: string }
    await record({
      actorKind: 'application',
      actorLogin: name,
      apiKeyId,
      ...(applicationId !== undefined && { applicationId }),
      operation: operationOf(request),
      about: aboutOf(request),
      status: reply.statusCode,
      requestId: request.id,
    }).catch(cause => {
      // Once is enough: what is answered now comes here again.
      request.audit = undefined
      throw new Problem('change-not-recorded', 'What was changed stays changed; its record could not be written.', {
        headers: { 'retry-after': '5' },
        cause,
      })
    })
  })
}

/** The id of an operation stands in its schema, where only the types of @fastify/swagger know it. */
function operationOf({ method, routeOptions: { schema = {}, url } }: FastifyRequest): string {
  const { operationId = `${method} ${url}` }: { operationId?: string; body?: unknown } = schema
  return operationId
}

const isRead = ({ method, routeOptions }: FastifyRequest) =>
  method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || routeOptions.config.isRead === true

function aboutOf(request: FastifyRequest): Record<string, string> {
  const body = request.body !== null && typeof request.body === 'object' ? request.body : {}
  const given: Record<string, unknown> = { ...body, ...(request.query as object), ...(request.params as object) }
  const about: Record<string, string> = {}
  for (const field of naming) {
    const value = given[field]
    if (typeof value === 'string') about[field] = value
  }
  for (const field of namingLists) {
    const value = given[field]
    if (Array.isArray(value) && value.length > 0) about[field] = listed(value)
  }
  return { ...about, ...request.audit?.about }
}

const listed = (keys: readonly unknown[]) =>
  keys.length > mostKeys ? `${keys.slice(0, mostKeys).join(', ')} and ${keys.length - mostKeys} more` : keys.join(', ')
