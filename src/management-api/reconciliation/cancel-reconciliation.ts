import type { FastifyPluginAsync } from 'fastify'
import { Problem } from '../../errors/problem.ts'
import { cancelRun } from '../../storage/reconciliation/cancel-run.ts'
import { callerOf } from '../authenticate.ts'
import type { OnlyOnce } from '../only-once.ts'
import { type RunParams, runOf, runParams } from './run-address.ts'
import { runJson, runSchema } from './run-json.ts'

const schema = {
  operationId: 'cancelReconciliation',
  tags: ['Reconciliation'],
  summary: 'End a run early',
  description: 'What it has repaired stays repaired; a request that is on its way still arrives.',
  params: runParams,
  response: { 200: { ...runSchema, description: 'The run, which is cancelled.' } },
} as const

/** Ends a run that waits or runs. */
export const cancelReconciliation: FastifyPluginAsync<{ onlyOnce: OnlyOnce }> = async (app, { onlyOnce }) => {
  app.post<{ Params: RunParams }>(
    '/api/applications/:applicationId/reconciliations/:runId/cancel',
    {
      schema,
      config: {
        scopes: ['reconciliation:write'],
        onlyOnce: true,
        errors: ['reconciliation-unknown', 'reconciliation-over'],
      },
    },
    (request, reply) =>
      onlyOnce(request, reply, async ({ database }) => {
        const { id, state } = await runOf(database, request.params)
        if (!(await cancelRun(database, id, `Cancelled by ${callerOf(request).name}.`)))
          throw new Problem('reconciliation-over', `Run ${id} is ${state} already.`)
        return { status: 200, body: runJson(await runOf(database, request.params)) }
      }),
  )
}
