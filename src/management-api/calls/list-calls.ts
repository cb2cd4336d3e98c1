import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../errors/problem.ts'
import {
  type CallFilter,
  type CallPlace,
  type CallRecord,
  countCalls,
  listCalls as listStoredCalls,
  ofNobody,
} from '../../storage/calls/list-calls.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { callerOf } from '../authenticate.ts'
import { type ApplicationParams, params } from '../links/link-query.ts'
import { nextProperty, type PageQuery, pageHeaders, pageParameters, readPage } from '../pages.ts'
import type { ManagementTurns } from '../turns.ts'
import { callJson, callSchema } from './call-json.ts'
import {
  type CallQuery,
  callParameters,
  placeOf,
  readCallFilter,
  type TimeQuery,
  timeParameters,
} from './call-query.ts'

const response = {
  200: {
    type: 'object',
    required: ['calls'],
    properties: { calls: { type: 'array', items: callSchema }, ...nextProperty },
    headers: pageHeaders,
    description: 'The calls of a page.',
  },
} as const

const schema = {
  operationId: 'listCalls',
  tags: ['Calls'],
  summary: 'The last calls of Tracker to an application',
  description: 'The latest first. How many are kept says `retention` in the configuration.',
  params,
  querystring: { type: 'object', additionalProperties: false, properties: { ...callParameters, ...pageParameters } },
  response,
} as const

const unknownSchema = {
  operationId: 'listUnknownCalls',
  tags: ['Calls'],
  summary: 'The last calls to addresses that no application has',
  description:
    'The latest first. Only for a key that is limited to no application: nobody knows whose calls these are.',
  querystring: { type: 'object', additionalProperties: false, properties: { ...timeParameters, ...pageParameters } },
  response,
} as const

type Options = { database: Queries; turns: ManagementTurns }
type Wish = { applicationId: string; filter: CallFilter }

/** The request log: of an application, and of addresses that none has. */
export const listCalls: FastifyPluginAsync<Options> = async (app, { database, turns }) => {
  const page = async (request: FastifyRequest, reply: FastifyReply, { applicationId, filter }: Wish) => {
    const { items, next } = await readPage<CallRecord, CallPlace>(request, reply, {
      name: applicationId === ofNobody ? 'unknown calls' : 'calls',
      turns,
      isScan: true,
      read: stretch => listStoredCalls(database, applicationId, filter, stretch),
      count: most => countCalls(database, applicationId, filter, most),
      keysOf: ({ at, requestId }) => [at.toISOString(), requestId],
      afterOf: placeOf,
    })
    return { calls: items.map(callJson), ...(next !== undefined && { next }) }
  }
  app.get<{ Params: ApplicationParams; Querystring: CallQuery & PageQuery }>(
    '/api/applications/:applicationId/calls',
    { schema, config: { scopes: ['links:read'], errors: ['key-invalid'] } },
    async (request, reply) => {
      const { applicationId } = request.params
      return await page(request, reply, { applicationId, filter: readCallFilter(request.query) })
    },
  )
  app.get<{ Querystring: TimeQuery & PageQuery }>(
    '/api/calls/unknown',
    { schema: unknownSchema, config: { scopes: ['admin'] } },
    async (request, reply) => {
      if (callerOf(request).applications.size > 0)
        throw new Problem('api-key-not-allowed', 'The API key is limited to applications; these calls are of none.')
      return await page(request, reply, { applicationId: ofNobody, filter: readCallFilter(request.query) })
    },
  )
}
