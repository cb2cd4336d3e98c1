import type { FastifyPluginAsync } from 'fastify'
import type { Application, RepairOf } from '../../config/schema.ts'
import { findRun, type StoredRun } from '../../storage/reconciliation/list-runs.ts'
import { type RunScope, startRun } from '../../storage/reconciliation/start-run.ts'
import { callerOf } from '../authenticate.ts'
import type { OnlyOnce } from '../only-once.ts'
import { refuseUnlessPlan, refuseWithoutOrganization } from './plan-rules.ts'
import { type RunParams, runOf, runParams } from './run-address.ts'
import { runSchema } from './run-json.ts'
import { startedAnswer } from './start-reconciliation.ts'

const schema = {
  operationId: 'applyPlan',
  tags: ['Reconciliation'],
  summary: 'Make the repairs of a plan',
  description:
    'A run of its own makes exactly the repairs of the plan, each once and only if nothing has changed since; the others are marked as stale.',
  params: runParams,
  response: {
    202: {
      ...runSchema,
      description: 'The run that applies the plan, which waits for a server.',
      headers: { Location: { type: 'string', description: 'The address of that run.' } },
    },
  },
} as const

type Options = { onlyOnce: OnlyOnce; applications: ReadonlyMap<string, Application> }

/** Starts a run that applies the plan of another. */
export const applyPlan: FastifyPluginAsync<Options> = async (app, { onlyOnce, applications }) => {
  app.post<{ Params: RunParams }>(
    '/api/applications/:applicationId/reconciliations/:runId/apply',
    {
      schema,
      config: {
        scopes: ['reconciliation:write'],
        onlyOnce: true,
        errors: ['organization-missing', 'plan-not-applicable', 'reconciliation-in-progress', 'reconciliation-unknown'],
      },
    },
    (request, reply) =>
      onlyOnce(request, reply, async ({ database }) => {
        refuseWithoutOrganization(applications, request.params.applicationId)
        const plan = await runOf(database, request.params)
        refuseUnlessPlan(plan)
        const id = await startRun({
          database,
          applicationId: plan.applicationId,
          scope: plan.scope as RunScope,
          repair: plan.repair === 'none' ? 'both' : (plan.repair as RepairOf),
          startedBy: callerOf(request).name,
          planId: plan.id,
        })
        return startedAnswer((await findRun(database, id)) as StoredRun)
      }),
  )
}
