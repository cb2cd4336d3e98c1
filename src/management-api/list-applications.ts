import type { FastifyPluginAsync } from 'fastify'
import type { Application } from '../config/schema.ts'
import { type MirrorReport, mirrorReports } from '../reconciliation/mirror/mirror-report.ts'
import type { Queries } from '../storage/database/queries.ts'
import { formatTrackerDate } from '../tracker-contract/tracker-date.ts'
import { callerOf, mayUse } from './authenticate.ts'
import type { ManagementTurns } from './turns.ts'

const stop = {
  type: 'object',
  required: ['reason', 'since', 'nextTry'],
  description: 'Why nothing is sent; not there if the mirror works.',
  properties: {
    reason: { type: 'string', description: 'A code: `token-refused`, for example.' },
    detail: { type: 'string', description: 'The same in words, and what to do.' },
    since: { type: 'string', description: "When it stopped, in Tracker's form." },
    nextTry: { type: 'string', description: "When it is tried again, in Tracker's form." },
  },
} as const

const mirror = {
  type: 'object',
  required: ['sends', 'waiting', 'failed', 'stoppedIssues'],
  description: 'How Tracker learns of links that are changed here; only if the application has an organization.',
  properties: {
    sends: { type: 'boolean', description: 'Whether `mirror` is on in the configuration.' },
    waiting: {
      type: 'integer',
      description: 'Links that Tracker is to be told of; 100000 stands for that many or more.',
    },
    failed: { type: 'integer', description: 'Those of them whose last try failed.' },
    oldestSince: { type: 'string', description: "When the one that has waited longest changed, in Tracker's form." },
    stoppedIssues: { type: 'integer', description: 'Issues for which nothing is sent at the moment.' },
    stopped: stop,
    missedSince: {
      type: 'string',
      description: 'Changes since then may have been missed: `retention` removed them before they were read.',
    },
  },
} as const

const application = {
  title: 'Application',
  type: 'object',
  required: ['id', 'name', 'source'],
  properties: {
    id: { type: 'string', description: 'Id of the application, as in the addresses of this API.' },
    name: { type: 'string', description: 'Name that Tracker shows.' },
    source: { enum: ['store', 'http', 'sql', 'module'], description: 'Where its objects come from.' },
    mirror,
  },
} as const

const answer = {
  type: 'object',
  required: ['applications'],
  properties: { applications: { type: 'array', items: application } },
} as const

type Options = { applications: ReadonlyMap<string, Application>; database: Queries; turns: ManagementTurns }

/** The applications that a key may use. */
export const listApplications: FastifyPluginAsync<Options> = async (app, { applications, database, turns }) => {
  const schema = {
    operationId: 'listApplications',
    tags: ['Applications'],
    summary: 'The applications that this key may use',
    response: { 200: { ...answer, description: 'The applications, in the order of the configuration.' } },
  }
  app.get('/api/applications', { schema }, async request => {
    const usable = [...applications.values()].filter(({ id }) => mayUse(callerOf(request), id))
    const reports = usable.some(({ organization }) => organization !== undefined)
      ? await turns.scan(callerOf(request).apiKeyId, () => mirrorReports(database, usable))
      : []
    return {
      applications: usable.map(({ id, name, objects }) => {
        const report = reports.find(({ applicationId }) => applicationId === id)
        return { id, name, source: objects.source, ...(report && { mirror: mirrorJson(report) }) }
      }),
    }
  })
}

/** A report as `mirror` says. */
function mirrorJson({ application, waiting, failed, oldest, stoppedIssues, stop, missedSince }: MirrorReport) {
  return {
    sends: application.mirror,
    waiting,
    failed,
    ...(oldest && { oldestSince: formatTrackerDate(oldest) }),
    stoppedIssues,
    ...(stop && {
      stopped: {
        reason: stop.reason,
        ...(stop.detail !== null && { detail: stop.detail }),
        since: formatTrackerDate(stop.since),
        nextTry: formatTrackerDate(stop.nextAt),
      },
    }),
    ...(missedSince && { missedSince: formatTrackerDate(missedSince) }),
  }
}
