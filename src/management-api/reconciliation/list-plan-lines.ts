import type { FastifyPluginAsync } from 'fastify'
import type { Queries } from '../../storage/database/queries.ts'
import { countPlanLines, listPlanLines as listStoredLines } from '../../storage/reconciliation/list-plan-lines.ts'
import { callerOf } from '../authenticate.ts'
import { nextProperty, type PageQuery, pageHeaders, pageParameters, readPage } from '../pages.ts'
import type { ManagementTurns } from '../turns.ts'
import { lineJson, lineSchema } from './line-json.ts'
import { type RunParams, runOf, runParams } from './run-address.ts'

const schema = {
  operationId: 'listPlanLines',
  tags: ['Reconciliation'],
  summary: 'What a run has found, and what became of it',
  description: 'The differences in the order of their numbers, also while the run goes on.',
  params: runParams,
  querystring: { type: 'object', additionalProperties: false, properties: pageParameters },
  response: {
    200: {
      type: 'object',
      required: ['lines'],
      properties: { lines: { type: 'array', items: lineSchema }, ...nextProperty },
      headers: pageHeaders,
      description: 'The lines of a page.',
    },
  },
} as const

type Options = { database: Queries; turns: ManagementTurns }

/** The lines of a run's plan; of a run that applies a plan, the lines of that plan. */
export const listPlanLines: FastifyPluginAsync<Options> = async (app, { database, turns }) => {
  app.get<{ Params: RunParams; Querystring: PageQuery }>(
    '/api/applications/:applicationId/reconciliations/:runId/lines',
    { schema, config: { scopes: ['links:read'], errors: ['reconciliation-unknown'] } },
    async (request, reply) => {
      const { id, planId } = await turns.query(callerOf(request).apiKeyId, () => runOf(database, request.params))
      const plan = planId ?? id
      const { items, next } = await readPage(request, reply, {
        name: `lines ${plan}`,
        turns,
        read: stretch => listStoredLines(database, plan, stretch),
        count: most => countPlanLines(database, plan, most),
        keysOf: ({ number }) => [String(number)],
        afterOf: numberOf,
      })
      return { lines: items.map(lineJson), ...(next !== undefined && { next }) }
    },
  )
}

const numberOf = ([text = '', ...more]: readonly string[]) =>
  /^\d{1,9}$/.test(text) && more.length === 0 ? Number(text) : undefined
