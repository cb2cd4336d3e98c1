import type { FastifyPluginAsync } from 'fastify'
import { stateOf } from '../../checks/doctor/finding.ts'
import type { Ground, Subject } from '../../checks/doctor/probe.ts'
import { readinessFindings } from '../../checks/doctor/probes/database.ts'
import type { Application, Config } from '../../config/schema.ts'
import type { Breakers } from '../../linked-objects/cards/open-cards-of-config.ts'
import { mirrorReports } from '../../reconciliation/mirror/mirror-report.ts'
import { openTrackerClients } from '../../reconciliation/tracker-clients.ts'
import { replica } from '../../request-log/waiting-calls.ts'
import { callsOfLastHour } from '../../storage/calls/last-hour.ts'
import type { Queries } from '../../storage/database/queries.ts'
import type { Readiness } from '../../storage/database/readiness/readiness.ts'
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
  readiness: () => Promise<Readiness>
  breakers: () => Breakers
  trustedProxies: readonly string[]
  clock?: { now: () => number }
}

/** A look may take seconds; it must not keep the turns of those who list and change. */
const looksAtOnce = { most: 2, longestLine: 100, longestWait: 10_000 }

/** The state of an application, as the doctor sees it. */
export const getHealth: FastifyPluginAsync<Options> = async (
  app,
  { config, applications, database, readiness, breakers, trustedProxies, clock = performance },
) => {
  // Those of the mirror keep their rate in the database, and a look writes nothing.
  const trackers = openTrackerClients(config)
  app.addHook('onClose', () => trackers.close())
  const breakerOf: Ground['breakerOf'] = async ({ id }) => {
    const breaker = breakers().get(id)
    return breaker && { ...breaker, replica }
  }
  const { trackerOf } = trackers
  const ground: Ground = { config, database, trackerOf, breakerOf, trustedProxies, now: Date.now }
  const lookAt = (subject: Subject) => look(ground, { database, readiness }, subject)
  const share = sharedLooks<object>(() => clock.now())
  const turn = fairTurns(looksAtOnce)
  app.get<{ Params: ApplicationParams; Querystring: LinkQuery }>(
    '/api/applications/:applicationId/health',
    { schema, config: { scopes: ['links:read'], errors: ['key-invalid'] } },
    async request => {
      const keys = readLinkFilter(request.query)
      const application = applications.get(request.params.applicationId) as Application
      const name = JSON.stringify([application.id, keys.issueKey, keys.remoteKey])
      return await share(name, () => turn(callerOf(request).apiKeyId, () => lookAt({ application, ...keys })))
    },
  )
}

type Parts = Pick<Options, 'database' | 'readiness'>

async function look(ground: Ground, { database, readiness }: Parts, subject: Subject) {
  const { application } = subject
  const now = new Date(ground.now())
  // Its questions are many files, loaded when somebody asks.
  const { inOrder, lookAtApplication } = await import('../../checks/doctor/look-at-application.ts')
  const [state, own, [lastHour], [backlog]] = await Promise.all([
    readiness(),
    lookAtApplication(ground, subject),
    callsOfLastHour(database, [application.id], now),
    mirrorReports(database, [application]),
  ])
  const findings = inOrder([...readinessFindings(state), ...own])
  return {
    state: stateOf(findings),
    ...momentField('since', findings[0]?.since),
    findings: findings.map(findingJson),
    ...(lastHour && { lastHour: lastHourJson(lastHour) }),
    ...(backlog && { backlog: backlogJson(backlog) }),
    ...momentField('lookedAt', now),
  }
}
