import type { FastifyPluginAsync } from 'fastify'
import { stateOf } from '../../checks/doctor/finding.ts'
import { lookAtApplication } from '../../checks/doctor/look-at-application.ts'
import type { Ground, Subject } from '../../checks/doctor/probe.ts'
import type { Application, Config } from '../../config/schema.ts'
import { mirrorReports } from '../../reconciliation/mirror/mirror-report.ts'
import type { TrackerClients } from '../../reconciliation/tracker-clients.ts'
import { callsOfLastHour } from '../../storage/calls/last-hour.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { fairTurns } from '../../storage/work/fair-turns.ts'
import { callerOf } from '../authenticate.ts'
import { type ApplicationParams, type LinkQuery, params, readLinkFilter } from '../links/link-query.ts'
import { backlogJson, findingJson, healthSchema, lastHourJson, momentField } from './health-json.ts'
import { sharedLooks } from './shared-looks.ts'

const schema = {
  operationId: 'getHealth',
  tags: ['Applications'],
  summary: 'Whether an application works, and if not, what to do',
  description:
    'What `tracker-links doctor` finds. It changes nothing. Callers within two seconds share one look, so that it can be called in a loop.',
  params,
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      issueKey: { type: 'string', description: 'Look at this issue, too.' },
      remoteKey: { type: 'string', description: 'Look at this object, too, percent-encoded.' },
    },
  },
  response: { 200: { ...healthSchema, description: 'What was found.' } },
} as const

type Options = {
  config: Config
  applications: ReadonlyMap<string, Application>
  database: Queries
  background: { trackers: Pick<TrackerClients, 'trackerOf'> }
  clock?: { now: () => number }
}

/** A look may take seconds; it must not keep the turns of those who list and change. */
const looksAtOnce = { most: 2, longestLine: 100, longestWait: 10_000 }

/** The state of an application, as the doctor sees it. */
export const getHealth: FastifyPluginAsync<Options> = async (
  app,
  { config, applications, database, background, clock = performance },
) => {
  const ground: Ground = {
    config,
    database,
    trackerOf: application => background.trackers.trackerOf(application),
    now: Date.now,
  }
  const share = sharedLooks<object>(() => clock.now())
  const turn = fairTurns(looksAtOnce)
  app.get<{ Params: ApplicationParams; Querystring: LinkQuery }>(
    '/api/applications/:applicationId/health',
    { schema, config: { scopes: ['links:read'], errors: ['key-invalid'] } },
    async request => {
      const keys = readLinkFilter(request.query)
      const application = applications.get(request.params.applicationId) as Application
      const name = JSON.stringify([application.id, keys.issueKey, keys.remoteKey])
      return await share(name, () =>
        turn(callerOf(request).apiKeyId, () => look(ground, database, { application, ...keys })),
      )
    },
  )
}

async function look(ground: Ground, database: Queries, subject: Subject) {
  const { application } = subject
  const now = new Date(ground.now())
  const [findings, [lastHour], [backlog]] = await Promise.all([
    lookAtApplication(ground, subject),
    callsOfLastHour(database, [application.id], now),
    mirrorReports(database, [application]),
  ])
  return {
    state: stateOf(findings),
    ...momentField('since', findings[0]?.since),
    findings: findings.map(findingJson),
    ...(lastHour && { lastHour: lastHourJson(lastHour) }),
    ...(backlog && { backlog: backlogJson(backlog) }),
    ...momentField('lookedAt', now),
  }
}
