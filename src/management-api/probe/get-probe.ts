import type { FastifyPluginAsync } from 'fastify'
import type { Queries } from '../../storage/database/queries.ts'
import { callerOf } from '../authenticate.ts'
import { type ApplicationParams, params } from '../links/link-query.ts'
import type { ManagementTurns } from '../turns.ts'

const text = { type: 'string' } as const
const moment = { type: 'string', format: 'date-time' } as const
const question = {
  type: 'object',
  required: ['number', 'question', 'state', 'evidence'],
  properties: {
    number: { type: 'integer' },
    question: text,
    state: { enum: ['seen', 'not seen yet'] },
    answer: text,
    evidence: { type: 'array', items: text },
    toSee: { type: 'string', description: 'What would show it.' },
  },
} as const

const schema = {
  operationId: 'getProbe',
  tags: ['Calls'],
  summary: "What the probe has seen of Tracker's calls",
  description: 'It names no issue, object, user, host or token, so that it can be shared.',
  params,
  response: {
    200: {
      type: 'object',
      required: ['probe', 'calls', 'bodies', 'questions'],
      properties: {
        probe: { enum: ['on', 'ended', 'never'] },
        startedAt: moment,
        endsAt: moment,
        calls: { type: 'integer' },
        bodies: { type: 'array', items: text },
        questions: { type: 'array', items: question },
      },
      description: 'The ten questions.',
    },
  },
} as const

/** The report of a probe, as `probe report` prints it. */
export const getProbe: FastifyPluginAsync<{ database: Queries; turns: ManagementTurns }> = async (
  app,
  { database, turns },
) => {
  app.get<{ Params: ApplicationParams }>(
    '/api/applications/:applicationId/probe',
    { schema, config: { scopes: ['links:read'] } },
    async request => {
      // Loaded when somebody asks.
      const { probeReport } = await import('../../checks/call-probe/probe-report.ts')
      return turns.scan(callerOf(request).apiKeyId, () => probeReport(database, request.params.applicationId))
    },
  )
}
