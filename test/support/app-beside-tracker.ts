import type { Test } from 'tap'
import { fillSandbox } from '../../src/config/fill-defaults.ts'
import type { ApplicationEntry, Config } from '../../src/config/schema.ts'
import { defaultRetention } from '../../src/config/schemas/retention-schema.ts'
import { newApiKey } from '../../src/management-api/api-key.ts'
import { buildSandbox } from '../../src/sandbox/sandbox-app.ts'
import { createWorld } from '../../src/sandbox/world/world.ts'
import { createTrackerClient } from '../../src/tracker-client/create-tracker-client.ts'
import { storedApiKeys } from './stored.ts'
import { testApp } from './test-app.ts'

const token = 'canary-organization'

/**
 * The application `crm` served by the real server, and the sandbox playing the Tracker of its organization: each calls the other.
 * `tracker` is its API; `counts` the requests that the server has sent to it.
 */
export async function appBesideTracker(t: Test, change: Partial<ApplicationEntry> = {}) {
  const crm = {
    id: 'crm',
    name: 'CRM',
    defaultIconUrl: 'https://crm.example/icon.svg',
    frontUrl: 'https://crm.example/{{remoteKey}}',
    responsible: 'crm@example.com',
    createLinkUrl: '',
    removeLinkUrl: '',
  }
  const { app: sandbox } = await buildSandbox({ world: createWorld({ applications: [crm] }) })
  const requests: string[] = []
  sandbox.addHook('onRequest', async request => {
    if (request.headers.authorization === `OAuth ${token}`) requests.push(`${request.method} ${request.url}`)
  })
  const url = await sandbox.listen({ port: 0, host: '127.0.0.1' })
  const organization = { kind: 'yandex360', id: '1', scheme: 'OAuth', url, rate: { search: 900, other: 900 } } as const
  const tracker = createTrackerClient({ ...organization, token: 'canary-tracker' })
  const test = await testApp(t, change)
  const config: Config = {
    publicUrl: 'https://links.example.com',
    applications: [...test.applications.values()],
    organizations: [{ ...organization, name: 'main', token }],
    retention: defaultRetention,
    sandbox: fillSandbox(),
  }
  const { publicApp, adminApp } = await test.openReplica({ config })
  const address = await publicApp.listen({ port: 0, host: '127.0.0.1' })
  crm.createLinkUrl = `${address}/crm/links`
  crm.removeLinkUrl = `${address}/crm/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}`
  t.teardown(() => Promise.all([tracker.close(), sandbox.close()]))
  const { id, key, hash } = newApiKey()
  await storedApiKeys(test.prisma).create({ id, name: 'test', hash, scopes: ['admin'], applications: [] })
  const api = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) =>
    adminApp.inject({
      method,
      url: `/api/applications/crm/${path}`,
      headers: { authorization: `Bearer ${key}` },
      ...(body && { payload: body }),
    })
  return { ...test, app: publicApp, sandbox, tracker, requests, api }
}
