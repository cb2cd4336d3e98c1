import type { FastifyPluginAsync } from 'fastify'
import { invalidInput } from '../../errors/problem.ts'
import { type AuditPlace, type AuditRecord, countAudit, listAudit } from '../../storage/audit/audit-records.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { parseTrackerDate } from '../../tracker-contract/tracker-date.ts'
import { callerOf } from '../authenticate.ts'
import { nextProperty, type PageQuery, pageHeaders, pageParameters, readPage } from '../pages.ts'
import type { ManagementTurns } from '../turns.ts'
import { auditJson, auditSchema } from './audit-json.ts'

const moment = (description: string) =>
  ({ type: 'string', maxLength: 40, description: `${description} ISO 8601.` }) as const

const schema = {
  operationId: 'listAudit',
  tags: ['Audit'],
  summary: 'Who changed what through this API or the command line, and when',
  description:
    'The oldest first, append-only. A key that is limited to applications sees the records of these. What Tracker changed is in the history of links.',
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      application: { type: 'string', maxLength: 64, description: 'Only of this application.' },
      apiKeyId: { type: 'string', maxLength: 64, pattern: '^[a-z0-9]+$', description: 'Only by this API key.' },
      since: moment('Only from this moment on.'),
      until: moment('Only before this moment.'),
      ...pageParameters,
    },
  },
  response: {
    200: {
      type: 'object',
      required: ['records'],
      properties: { records: { type: 'array', items: auditSchema }, ...nextProperty },
      headers: pageHeaders,
      description: 'The records of a page.',
    },
  },
} as const

type Query = PageQuery & { application?: string; apiKeyId?: string; since?: string; until?: string }

type Options = { database: Queries; turns: ManagementTurns }

/** The audit of management changes. */
export const listAuditRecords: FastifyPluginAsync<Options> = async (app, { database, turns }) => {
  app.get<{ Querystring: Query }>('/api/audit', { schema, config: { scopes: ['admin'] } }, async (request, reply) => {
    const { application, apiKeyId, since, until } = request.query
    const own = callerOf(request).applications
    const wanted = application === undefined ? [...own] : own.size === 0 || own.has(application) ? [application] : []
    const filter = {
      ...((application !== undefined || own.size > 0) && { applicationIds: wanted }),
      ...(apiKeyId !== undefined && { apiKeyId }),
      ...momentOf('since', since),
      ...momentOf('until', until),
    }
    const { items, next } = await readPage<AuditRecord, AuditPlace>(request, reply, {
      name: 'audit',
      turns,
      read: stretch => listAudit(database, filter, stretch),
      count: most => countAudit(database, filter, most),
      keysOf: ({ at, id }) => [at.toISOString(), id],
      afterOf: placeOf,
    })
    return { records: items.map(auditJson), ...(next !== undefined && { next }) }
  })
}

function placeOf([at = '', id, ...more]: readonly string[]): AuditPlace | undefined {
  const date = new Date(at)
  if (id === undefined || more.length > 0 || Number.isNaN(date.getTime())) return undefined
  return { at: date, id }
}

function momentOf(field: 'since' | 'until', text: string | undefined): { since?: Date; until?: Date } {
  if (text === undefined) return {}
  const date = parseTrackerDate(text)
  if (date) return { [field]: date }
  const fault = { field, rule: 'is not a moment', hint: 'Send ISO 8601 with an offset, such as 2027-01-31T00:00:00Z.' }
  throw invalidInput('parameter-invalid', [fault])
}
