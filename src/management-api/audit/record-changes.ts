import type { FastifyInstance, FastifyRequest } from 'fastify'
import { auditRecorder } from '../../storage/audit/audit-records.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { callerOf } from '../authenticate.ts'

/** The parameters, and the fields of a body, that name what a request changes. */
const naming = ['key', 'issueKey', 'remoteKey', 'keyId', 'name', 'newKey', 'runId', 'repair'] as const
/** Most keys of a list that are recorded. */
const mostKeys = 20

/**
 * Records each change that a caller is told of, before it is told: an acknowledged change has its record. If that cannot be
 * written, the caller is answered as if the database were away, and may repeat the request, which is harmless.
 */
export function recordChanges(app: FastifyInstance, { database }: { database: Queries }): void {
  const record = auditRecorder(database)
  app.addHook('onSend', async (request, reply) => {
    if (isRead(request) || reply.statusCode >= 400 || request.apiCaller === undefined) return
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
    })
  })
}

/** The id of an operation stands in its schema, where only the types of @fastify/swagger know it. */
function operationOf({ method, routeOptions: { schema = {}, url } }: FastifyRequest): string {
  const { operationId = `${method} ${url}` }: { operationId?: string; body?: unknown } = schema
  return operationId
}

const isRead = ({ method }: FastifyRequest) => method === 'GET' || method === 'HEAD' || method === 'OPTIONS'

function aboutOf(request: FastifyRequest): Record<string, string> {
  const body = request.body !== null && typeof request.body === 'object' ? request.body : {}
  const given: Record<string, unknown> = { ...body, ...(request.query as object), ...(request.params as object) }
  const about: Record<string, string> = {}
  for (const field of naming) {
    const value = given[field]
    if (typeof value === 'string') about[field] = value
  }
  if (Array.isArray(given.remoteKeys)) about.remoteKeys = listed(given.remoteKeys)
  return about
}

const listed = (keys: readonly unknown[]) =>
  keys.length > mostKeys ? `${keys.slice(0, mostKeys).join(', ')} and ${keys.length - mostKeys} more` : keys.join(', ')
