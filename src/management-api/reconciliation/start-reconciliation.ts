import type { FastifyPluginAsync } from 'fastify'
import type { Application, RepairOf } from '../../config/schema.ts'
import { repairs } from '../../config/schemas/reconciliation-schema.ts'
import { invalidInput } from '../../errors/problem.ts'
import { findRun, type StoredRun } from '../../storage/reconciliation/list-runs.ts'
import { startAskedRun } from '../../storage/reconciliation/run-progress.ts'
import type { RunScope } from '../../storage/reconciliation/start-run.ts'
import { issueKeyPattern, issueKeyRule, parseIssueKey } from '../../tracker-contract/issue-key.ts'
import { callerOf } from '../authenticate.ts'
import { type ApplicationParams, params } from '../links/link-query.ts'
import type { OnlyOnce } from '../only-once.ts'
import { refuseWithoutOrganization } from './plan-rules.ts'
import { runJson, runSchema } from './run-json.ts'
import { limitProperties, limitsOf, type RunLimits } from './run-limits.ts'

const body = {
  type: 'object',
  description:
    'Send an object with `scope`, as in `{"scope": {"all": true}}`, and `repair` if more than a plan is wanted.',
  required: ['scope'],
  additionalProperties: false,
  properties: {
    scope: {
      type: 'object',
      description: 'Send what is to be compared, one of `issue`, `queue`, `query` and `all`, as in `{"all": true}`.',
      minProperties: 1,
      maxProperties: 1,
      additionalProperties: false,
      properties: {
        issue: { type: 'string', pattern: issueKeyPattern, description: `Send an issue key: ${issueKeyRule}.` },
        queue: {
          type: 'string',
          pattern: '^[A-Za-z][A-Za-z0-9_]{0,31}$',
          description: 'Send the key of a queue, such as TEST.',
        },
        query: {
          type: 'string',
          minLength: 1,
          maxLength: 10_000,
          description: "Send a query in Tracker's query language.",
        },
        all: { enum: [true], description: 'Send true: every issue that either side knows.' },
      },
    },
    repair: {
      enum: repairs,
      description: 'Send which side may be changed; `none`, the default, only makes a plan.',
    },
    ...limitProperties,
    events: {
      type: 'boolean',
      description: 'Send true to give events to links that a new installation takes over from Tracker.',
    },
  },
} as const

const schema = {
  operationId: 'startReconciliation',
  tags: ['Reconciliation'],
  summary: 'Compare the links here with those in Tracker, and repair what differs if asked',
  description:
    'A server carries the run out in the background: ask for it at the address in `Location`. Needs an organization with a token. An application has one run at a time.',
  params,
  body,
  response: {
    202: {
      ...runSchema,
      description: 'The run, which waits for a server.',
      headers: { Location: { type: 'string', description: 'The address of the run.' } },
    },
  },
} as const

type Body = RunLimits & { scope: RunScope; repair?: RepairOf; events?: boolean }
type Options = { onlyOnce: OnlyOnce; applications: ReadonlyMap<string, Application>; background: RunStarts }

/** Hears that a run was started. Without it the run begins some seconds later. */
export type RunStarts = { runStarted: () => void }

/** Starts a run; whoever finds it first carries it out. */
export const startReconciliation: FastifyPluginAsync<Options> = async (app, { onlyOnce, applications, background }) => {
  app.post<{ Params: ApplicationParams; Body: Body }>(
    '/api/applications/:applicationId/reconciliations',
    {
      schema,
      config: {
        scopes: ['reconciliation:write'],
        onlyOnce: true,
        errors: ['organization-missing', 'reconciliation-in-progress'],
      },
    },
    async (request, reply) => {
      const answered = await onlyOnce(request, reply, async ({ database }) => {
        const { applicationId } = request.params
        const { repair = 'none', events } = request.body
        refuseWithoutOrganization(applications, applicationId)
        const id = await startAskedRun({
          database,
          applicationId,
          scope: readScope(request.body.scope),
          repair,
          startedBy: callerOf(request).name,
          options: { ...limitsOf(request.body), planned: repair === 'none' ? 'both' : repair, events: events === true },
        })
        return startedAnswer((await findRun(database, id)) as StoredRun)
      })
      background.runStarted()
      return answered
    },
  )
}

/** The answer of a door that has started a run. */
export const startedAnswer = (run: StoredRun) => ({
  status: 202,
  headers: { location: `/api/applications/${run.applicationId}/reconciliations/${run.id}` },
  body: runJson(run),
})

/** The scope with its keys in capitals. Throws Problem `body-invalid`. */
function readScope(scope: RunScope): RunScope {
  if ('issue' in scope) return { issue: parseIssueKey(scope.issue) as string }
  if ('queue' in scope) return { queue: scope.queue.toUpperCase() }
  if (!('query' in scope) || scope.query.trim() !== '') return scope
  const fault = { field: 'scope/query', rule: 'must not be blank', hint: 'Send `{"all": true}` to compare all issues.' }
  throw invalidInput('body-invalid', [fault], 'scope/query is blank.')
}
