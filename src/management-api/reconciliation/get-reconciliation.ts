import type { FastifyPluginAsync } from 'fastify'
import type { Queries } from '../../storage/database/queries.ts'
import { callerOf } from '../authenticate.ts'
import type { ManagementTurns } from '../turns.ts'
import { type RunParams, runOf, runParams } from './run-address.ts'
import { runJson, runSchema } from './run-json.ts'

const schema = {
  operationId: 'getReconciliation',
  tags: ['Reconciliation'],
  summary: 'How far a run is, and what it has found',
  params: runParams,
  response: { 200: { ...runSchema, description: 'The run as it is now.' } },
} as const

type Options = { database: Queries; turns: ManagementTurns }

/** One run. */
export const getReconciliation: FastifyPluginAsync<Options> = async (app, { database, turns }) => {
  app.get<{ Params: RunParams }>(
    '/api/applications/:applicationId/reconciliations/:runId',
    { schema, config: { scopes: ['links:read'], errors: ['reconciliation-unknown'] } },
    async request => runJson(await turns.query(callerOf(request).apiKeyId, () => runOf(database, request.params))),
  )
}
