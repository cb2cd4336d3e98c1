import type { InjectOptions } from 'fastify'
import type { Test } from 'tap'
import type { Finding } from '../../src/checks/doctor/finding.ts'
import type { Ground, Probe } from '../../src/checks/doctor/probe.ts'
import { fillDefaults } from '../../src/config/fill-defaults.ts'
import type { ApplicationEntry, ConfigFile } from '../../src/config/schema.ts'
import { openTrackerClients } from '../../src/reconciliation/tracker-clients.ts'
import { parseIssueKey } from '../../src/tracker-contract/issue-key.ts'
import { parseRemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { testApp } from './test-app.ts'
import { withTracker } from './with-tracker.ts'

const crm = {
  id: 'crm',
  name: 'CRM',
  frontUrl: 'https://crm.example.com/{{remoteKey}}',
  responsible: 'crm@example.com',
  authorization: { kind: 'none' },
} as const

/** What a probe finds of the first application, `crm` unless another is given. */
export async function lookWith(
  probe: Probe,
  {
    file = {},
    ground = {},
    issue,
    object,
    signal = new AbortController().signal,
  }: {
    file?: Partial<ConfigFile>
    ground?: Partial<Ground>
    issue?: string
    object?: string
    signal?: AbortSignal
  } = {},
): Promise<readonly Finding[]> {
  const whole = { publicUrl: 'http://127.0.0.1:8080', applications: [crm], ...file }
  const config = ground.config ?? fillDefaults(whole, import.meta.dirname)
  const [application] = config.applications
  if (application === undefined) throw new Error('there is no application')
  const [issueKey, remoteKey] = [parseIssueKey(issue ?? ''), parseRemoteKey(object ?? '')]
  const subject = { application, ...(issueKey && { issueKey }), ...(remoteKey && { remoteKey }) }
  const standard = {
    database: undefined,
    trackerOf: () => undefined,
    breakerOf: async () => undefined,
    trustedProxies: [],
    now: Date.now,
  }
  return await probe.look({ ...standard, ...ground, config }, subject, signal)
}

/** The first line of each finding, as far as a probe makes it. */
export const linesOf = (findings: readonly Finding[]): string[] => findings.map(({ code, says }) => `${code} ${says}`)

/**
 * A sandbox as Tracker, a database and commands over both, and a look of a probe at `crm` there. `token`: of the organization,
 * instead of the right one.
 */
export async function doctorBesideTracker(t: Test) {
  const tracker = await withTracker(t)
  const { prisma: database } = tracker.cli
  return {
    ...tracker,
    database,
    look: async (probe: Probe, { issue, object, change = {}, token = 'canary-tracker' }: BesideTracker = {}) => {
      const organization = { kind: 'yandex360', id: '1', token, url: tracker.url } as const
      const organizations = { main: { ...organization, rate: { search: 1_000, other: 1_000 } } }
      const file = { publicUrl: 'http://127.0.0.1:8080', organizations, applications: [{ ...crm, ...change }] }
      const config = fillDefaults(file, import.meta.dirname)
      const trackers = openTrackerClients(config)
      const about = { ...(issue && { issue }), ...(object && { object }) }
      const ground = { config, database, trackerOf: trackers.trackerOf }
      const found = await lookWith(probe, { ground, ...about })
      await trackers.close()
      return found
    },
  }
}

type BesideTracker = { issue?: string; object?: string; change?: Partial<ApplicationEntry>; token?: string }

/** An application `crm` that Tracker calls, and a look of a probe at it. `call` returns the statuses, once the request log has the calls. */
export async function doctorAfterCalls(t: Test) {
  const { openReplica, prisma: database, objects } = await testApp(t)
  return {
    database,
    objects,
    call: async (change: Partial<ApplicationEntry>, ...requests: InjectOptions[]): Promise<number[]> => {
      const { publicApp, close } = await openReplica({ config: configOf(change) })
      const statuses: number[] = []
      for (const request of requests) statuses.push((await publicApp.inject(request)).statusCode)
      await close()
      return statuses
    },
    look: (probe: Probe, change: Partial<ApplicationEntry> = {}, more: Parameters<typeof lookWith>[1] = {}) =>
      lookWith(probe, { ...more, ground: { config: configOf(change), database, ...more.ground } }),
  }
}

const configOf = (change: Partial<ApplicationEntry>) =>
  fillDefaults({ publicUrl: 'http://127.0.0.1:8080', applications: [{ ...crm, ...change }] }, import.meta.dirname)
