import type { FastifyPluginAsync } from 'fastify'
import { Problem } from '../../errors/problem.ts'
import { findCall } from '../../storage/calls/list-calls.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { callerOf } from '../authenticate.ts'
import { type ApplicationParams, params } from '../links/link-query.ts'
import type { ManagementTurns } from '../turns.ts'
import { callJson, callSchema } from './call-json.ts'

const schema = {
  operationId: 'getCall',
  tags: ['Calls'],
  summary: 'A call of Tracker, by its request id',
  params: {
    ...params,
    required: ['applicationId', 'requestId'],
    properties: {
      ...params.properties,
      requestId: { type: 'string', maxLength: 64, description: 'The header `x-request-id` of its answer.' },
    },
  },
  response: { 200: { ...callSchema, description: 'The call.' } },
} as const

type Options = { database: Queries; turns: ManagementTurns }

/** One call of the request log. */
export const getCall: FastifyPluginAsync<Options> = async (app, { database, turns }) => {
  app.get<{ Params: ApplicationParams & { requestId: string } }>(
    '/api/applications/:applicationId/calls/:requestId',
    { schema, config: { scopes: ['links:read'], errors: ['call-unknown'] } },
    async request => {
      const { applicationId, requestId } = request.params
      const found = await turns.scan(callerOf(request).apiKeyId, () => findCall(database, applicationId, requestId))
      if (found === undefined)
        throw new Problem('call-unknown', `The request log of ${applicationId} has no such call.`)
      return callJson(found)
    },
  )
}
