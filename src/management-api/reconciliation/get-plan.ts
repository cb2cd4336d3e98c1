import { Readable } from 'node:stream'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { planFile, type ReadLines } from '../../reconciliation/runs/plan-file.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { countPlanLines, listPlanLines } from '../../storage/reconciliation/list-plan-lines.ts'
import { callerOf } from '../authenticate.ts'
import type { ManagementTurns } from '../turns.ts'
import { refuseUnlessPlan } from './plan-rules.ts'
import { type RunParams, runOf, runParams } from './run-address.ts'

const schema = {
  operationId: 'getPlan',
  tags: ['Reconciliation'],
  summary: 'The plan of a comparison, as a file',
  description:
    'NDJSON: the first line says what was compared, each other one is a difference with its repair and what must still be so for it. `lines` of the first line says how many follow.',
  params: runParams,
  response: {
    200: {
      description: 'The plan.',
      content: {
        'application/x-ndjson': {
          schema: { type: 'object', additionalProperties: true, description: 'The header, or a difference.' },
        },
      },
    },
  },
} as const

type Options = {
  database: Queries
  turns: ManagementTurns
  authenticate: (request: FastifyRequest) => Promise<void>
}

/** A plan, streamed: it may have any number of lines. */
export const getPlan: FastifyPluginAsync<Options> = async (app, { database, turns, authenticate }) => {
  app.get<{ Params: RunParams }>(
    '/api/applications/:applicationId/reconciliations/:runId/plan',
    { schema, config: { scopes: ['links:read'], errors: ['reconciliation-unknown', 'plan-not-applicable'] } },
    async (request, reply) => {
      const inTurn = <T>(work: () => Promise<T>) => turns.query(callerOf(request).apiKeyId, work)
      const { run, lines } = await inTurn(async () => {
        const run = await runOf(database, request.params)
        refuseUnlessPlan(run)
        return { run, lines: await countPlanLines(database, run.id) }
      })
      const read: ReadLines = async from => {
        // The key may have been revoked since the answer began.
        await authenticate(request)
        return await inTurn(() => listPlanLines(database, run.id, from))
      }
      return reply
        .type('application/x-ndjson')
        .header('content-disposition', `attachment; filename="plan-${run.id}.ndjson"`)
        .send(Readable.from(planFile(run, lines, read)))
    },
  )
}
