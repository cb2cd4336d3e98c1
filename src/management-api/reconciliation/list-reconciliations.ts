import type { FastifyPluginAsync } from 'fastify'
import type { Queries } from '../../storage/database/queries.ts'
import { countRuns, listRuns, type RunPlace } from '../../storage/reconciliation/list-runs.ts'
import { type ApplicationParams, params } from '../links/link-query.ts'
import { nextProperty, type PageQuery, pageHeaders, pageParameters, readPage } from '../pages.ts'
import type { ManagementTurns } from '../turns.ts'
import { runJson, runSchema } from './run-json.ts'

const schema = {
  operationId: 'listReconciliations',
  tags: ['Reconciliation'],
  summary: 'The runs of an application, the newest first',
  description: 'Comparisons with Tracker, and plans that were applied. They are kept for 30 days after their end.',
  params,
  querystring: { type: 'object', additionalProperties: false, properties: pageParameters },
  response: {
    200: {
      type: 'object',
      required: ['reconciliations'],
      properties: { reconciliations: { type: 'array', items: runSchema }, ...nextProperty },
      headers: pageHeaders,
      description: 'The runs of a page.',
    },
  },
} as const

type Options = { database: Queries; turns: ManagementTurns }

/** The runs of an application. */
export const listReconciliations: FastifyPluginAsync<Options> = async (app, { database, turns }) => {
  app.get<{ Params: ApplicationParams; Querystring: PageQuery }>(
    '/api/applications/:applicationId/reconciliations',
    { schema, config: { scopes: ['links:read'] } },
    async (request, reply) => {
      const { applicationId } = request.params
      const { items, next } = await readPage(request, reply, {
        name: 'reconciliations',
        turns,
        read: stretch => listRuns(database, applicationId, stretch),
        count: most => countRuns(database, applicationId, most),
        keysOf: ({ startedAt, id }) => [startedAt.toISOString(), id],
        afterOf: placeOf,
      })
      return { reconciliations: items.map(runJson), ...(next !== undefined && { next }) }
    },
  )
}

function placeOf([at = '', id, ...more]: readonly string[]): RunPlace | undefined {
  const startedAt = new Date(at)
  return id === undefined || more.length > 0 || Number.isNaN(startedAt.getTime()) ? undefined : { startedAt, id }
}
