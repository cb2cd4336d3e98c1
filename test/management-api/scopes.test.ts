import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Scope, scopes } from '../../src/management-api/api-key.ts'
import { testApi } from '../support/test-api.ts'

/** What each operation may be called with, written here once more, so that one left out of an endpoint shows. */
const scopesOf: Record<string, readonly Scope[]> = {
  listApplications: [],
  listObjects: [],
  getObject: [],
  putObject: ['objects:write'],
  removeObject: ['objects:write'],
  pushObjects: ['objects:write'],
  renameObject: ['objects:write', 'links:write'],
  refreshObject: ['objects:write'],
  listLinks: ['links:read'],
  createLinks: ['links:write'],
  removeLink: ['links:write'],
  countLinks: ['links:read'],
  linkHistory: ['links:read'],
  readEvents: ['links:read'],
  listReconciliations: ['links:read'],
  getReconciliation: ['links:read'],
  listPlanLines: ['links:read'],
  getPlan: ['links:read'],
  startReconciliation: ['reconciliation:write'],
  applyPlan: ['reconciliation:write'],
  cancelReconciliation: ['reconciliation:write'],
  listCalls: ['links:read'],
  getCall: ['links:read'],
  getHealth: ['links:read'],
  getProbe: ['links:read'],
  listUnknownCalls: ['admin'],
  listKeys: ['admin'],
  createKey: ['admin'],
  revokeKey: ['admin'],
  reloadConfiguration: ['admin'],
  listAudit: ['admin'],
}

type Described = { paths: Record<string, Record<string, { operationId: string }>> }

const described = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8')) as Described
const operations = Object.entries(described.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId }]) => ({ operationId, method, path })),
)

t.test('each operation refuses a key that has every scope but one of its own', async t => {
  const { adminApp, makeKey } = await testApi(t)
  t.same(operations.map(({ operationId }) => operationId).toSorted(), Object.keys(scopesOf).toSorted())
  for (const { operationId, method, path } of operations) {
    const own = scopesOf[operationId] as readonly Scope[]
    const call = async (allowed: readonly Scope[]) => {
      const url = path
        .replace('{applicationId}', 'crm')
        .replace('{key}', '1')
        .replace('{keyId}', 'none')
        .replace('{runId}', 'none')
        .replace('{requestId}', 'none')
      const { body, type } = operationId === 'pushObjects' ? ndjson : json
      const answer = await adminApp.inject({
        method: method.toUpperCase() as 'GET',
        url,
        headers: {
          authorization: `Bearer ${await makeKey({ scopes: allowed })}`,
          ...(method !== 'get' && { 'content-type': type }),
        },
        ...(method !== 'get' && { payload: body }),
      })
      return answer.statusCode === 403
    }
    for (const left of own) {
      const others = scopes.filter(scope => scope !== left && scope !== 'admin')
      t.equal(await call(others), true, `${operationId} with ${others.join(', ')}`)
    }
    t.equal(await call(own), false, `${operationId} with ${own.join(', ')}`)
  }
})

const json = { body: '{}', type: 'application/json' }
const ndjson = { body: '{"key":"1","summary":"s"}\n', type: 'application/x-ndjson' }
