import type { FastifyPluginAsync } from 'fastify'
import type { Application } from '../../config/schema.ts'
import { findRun, type StoredRun } from '../../storage/reconciliation/list-runs.ts'
import { countRepairs } from '../../storage/reconciliation/plan-outcomes.ts'
import { startAskedRun } from '../../storage/reconciliation/run-progress.ts'
import type { RunScope } from '../../storage/reconciliation/start-run.ts'
import { callerOf } from '../authenticate.ts'
import type { OnlyOnce } from '../only-once.ts'
import { nothingToApply, refuseUnlessPlan, refuseWithoutOrganization } from './plan-rules.ts'
import { type RunParams, runOf, runParams } from './run-address.ts'
import { runSchema } from './run-json.ts'
import { limitProperties, limitsOf, type RunLimits } from './run-limits.ts'
import { type RunStarts, startedAnswer } from './start-reconciliation.ts'

const schema = {
  operationId: 'applyPlan',
  tags: ['Reconciliation'],
  summary: 'Make the repairs of a plan',
  description:
    'A run of its own makes exactly the repairs of the plan, each once and only if nothing has changed since; the others are marked as stale.',
  params: runParams,
  querystring: { type: 'object', additionalProperties: false, properties: limitProperties },
  response: {
    202: {
      ...runSchema,
      description: 'The run that applies the plan, which waits for a server.',
      headers: { Location: { type: 'string', description: 'The address of that run.' } },
    },
  },
} as const

type Options = { onlyOnce: OnlyOnce; applications: ReadonlyMap<string, Application>; background: RunStarts }

/** Starts a run that applies the plan of another. */
export const applyPlan: FastifyPluginAsync<Options> = async (app, { onlyOnce, applications, background }) => {
  app.post<{ Params: RunParams; Querystring: RunLimits }>(
    '/api/applications/:applicationId/reconciliations/:runId/apply',
    {
      schema,
      config: {
        scopes: ['reconciliation:write'],
        onlyOnce: true,
        errors: ['organization-missing', 'plan-not-applicable', 'reconciliation-in-progress', 'reconciliation-unknown'],
      },
    },
    async (request, reply) => {
      const answered = await onlyOnce(request, reply, async ({ database }) => {
        refuseWithoutOrganization(applications, request.params.applicationId)
        const plan = await runOf(database, request.params)
        refuseUnlessPlan(plan)
        const { repairs, open } = await countRepairs(database, plan.id)
        if (open === 0) throw nothingToApply(plan.id, repairs)
        const id = await startAskedRun({
          database,
          applicationId: plan.applicationId,
          scope: plan.scope as RunScope,
          repair: 'both',
          startedBy: callerOf(request).name,
          planId: plan.id,
          options: limitsOf(request.query),
        })
        return startedAnswer((await findRun(database, id)) as StoredRun)
      })
      background.runStarted()
      return answered
    },
  )
}
