import { once } from 'node:events'
import { type ClientRequest, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import type { ObjectSource } from '../../src/linked-objects/object-source.ts'
import { newApiKey } from '../../src/management-api/api-key.ts'
import { type ManagementTurns, managementTurns } from '../../src/management-api/turns.ts'
import { openStorage } from '../../src/storage/open-storage.ts'
import { changedClient } from '../support/changed-client.ts'
import { storedApiKeys } from '../support/stored.ts'
import { testApi } from '../support/test-api.ts'
import { testAppWith } from '../support/test-app.ts'
import { runSql } from '../support/test-database.ts'
import { until } from '../support/until.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }
const objects = '/api/applications/crm/objects'
const authorized = (key: string) => ({ authorization: `Bearer ${key}` })

/** As if nothing bounded the management API. */
const noTurns: ManagementTurns = {
  query: (_who, work) => work(),
  scan: (_who, work) => work(),
  source: (_who, work) => work(),
  pushes: { begin: () => () => {} },
}

/** A server with connections as they are in operation, and a lock on the objects: whoever reads them waits. */
async function heldServer(t: Test, { turns = managementTurns(), onePool = false } = {}) {
  const api = await testApi(t, {}, { id: 'erp' })
  const storage = await openStorage({ databaseUrl: api.url, dataDirectory: '', log: silent })
  t.teardown(() => storage.close())
  const { prisma } = storage
  const management = onePool ? prisma : storage.management
  const { adminApp, publicApp } = await api.openReplica({ storage: { prisma, management }, turns })
  const holder = new Client({ connectionString: api.url })
  await holder.connect()
  await holder.query('BEGIN; LOCK TABLE linked_object IN ACCESS EXCLUSIVE MODE')
  const create = () =>
    publicApp.inject({ method: 'POST', url: '/erp/links', payload: { issueKey: 'TEST-1', entityIds: ['1'] } })
  const waiting = async () => {
    const sql = `SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted AND relation = 'linked_object'::regclass`
    return Number((await runSql(api.url, sql))[0]?.n)
  }
  return { ...api, adminApp, create, waiting, release: () => holder.end() }
}

t.test("searches of one key leave Tracker's calls their connections", async t => {
  const { adminApp, create, waiting, makeKey, release } = await heldServer(t)
  const [key, another] = [await makeKey(), await makeKey()]
  const get = (url: string, by = key) => adminApp.inject({ url, headers: authorized(by) })
  const all = Promise.all([
    ...Array.from({ length: 24 }, () => get(`${objects}?summary=pump`)),
    ...Array.from({ length: 24 }, () => get(`${objects}?keyPrefix=pump`)),
  ])
  await until(async () => (await waiting()) === 3)
  t.equal((await create()).statusCode, 201, 'a link of another application')
  t.equal(await waiting(), 3, 'all that the management API may do at once')
  const read = get('/api/applications/crm/links', another)
  await release()
  t.equal((await read).statusCode, 200, 'the turn of another key comes soon')
  await all
})

t.test('without turns and connections of their own, searches take all of them', async t => {
  const { adminApp, create, waiting, makeKey, release } = await heldServer(t, { turns: noTurns, onePool: true })
  const headers = authorized(await makeKey())
  const all = Promise.all(
    Array.from({ length: 24 }, () => adminApp.inject({ url: `${objects}?summary=pump`, headers })),
  )
  await until(async () => (await waiting()) === 6)
  t.equal((await create()).statusCode, 503)
  await release()
  await all
})

const noConnection = async () => {
  throw new Error('no connection for this')
}

t.test("links of operators are changed without the connections of Tracker's calls", async t => {
  const { openReplica, prisma, makeKey } = await testApi(t)
  const storage = { prisma: changedClient(prisma, { $queryRawUnsafe: noConnection }), management: prisma }
  const { adminApp, publicApp } = await openReplica({ storage })
  const headers = authorized(await makeKey())
  const link = { issueKey: 'TEST-1', remoteKeys: ['1'] }
  const created = await adminApp.inject({ method: 'POST', url: '/api/applications/crm/links', headers, payload: link })
  t.equal(created.statusCode, 201)
  const address = '/api/applications/crm/links?issueKey=TEST-1&remoteKey=1'
  t.equal((await adminApp.inject({ method: 'DELETE', url: address, headers })).statusCode, 204)
  const call = { issueKey: 'TEST-1', entityIds: ['1'] }
  t.equal((await publicApp.inject({ method: 'POST', url: '/crm/links', payload: call })).statusCode, 500)
})

t.test('bulk pushes: two of a key, eight in all, the others refused before anything is read', async t => {
  const { adminApp, create, waiting, makeKey, release } = await heldServer(t)
  await adminApp.listen({ port: 0, host: '127.0.0.1' })
  const { port } = adminApp.server.address() as AddressInfo
  const begin = (key: string) => {
    const headers = { ...authorized(key), 'content-type': 'application/x-ndjson' }
    return request({ port, method: 'POST', path: `${objects}/bulk`, headers }).on('error', () => {})
  }
  const keys = await Promise.all(Array.from({ length: 5 }, () => makeKey()))
  const pushes = keys.slice(0, 4).flatMap((key, of) =>
    [0, 1].map(n => {
      const push = begin(key)
      push.write(line(`${of} ${n}`))
      return push
    }),
  )
  await until(async () => (await waiting()) === 3)
  t.equal((await create()).statusCode, 201, 'a link of another application')
  t.match(await refusal(begin(keys[0] as string)), { status: 429, code: 'too-many-calls', retryAfter: '5' })
  t.match(await refusal(begin(keys[4] as string)), { status: 503, code: 'calls-waiting', retryAfter: '5' })
  const answers = pushes.map(answerOf)
  await release()
  for (const push of pushes) push.end()
  for (const answer of answers) t.match((await answer).trim().split('\n').at(-1), /"complete":true.*"accepted":1,/)
  const again = begin(keys[0] as string)
  again.end(line('again'))
  t.match(await answerOf(again), /"accepted":1,/, 'a push that has ended makes room')
})

/** A server whose source answers nobody until it is let go, and counts its questions. */
async function heldSource(t: Test, turns?: ManagementTurns) {
  const gate = Promise.withResolvers<void>()
  let asked = 0
  const source: ObjectSource = {
    find: async key => {
      asked++
      await gate.promise
      return { key, summary: 'Deal' }
    },
    close: async () => {},
  }
  const { openReplica, prisma } = await testAppWith(t, new Map([['crm', source]]), {})
  const { adminApp, publicApp } = await openReplica(turns && { turns })
  const { id, key, hash } = newApiKey()
  await storedApiKeys(prisma).create({ id, name: 'sync', hash, scopes: ['admin'], applications: [] })
  const headers = authorized(key)
  const refresh = (object: number) =>
    adminApp.inject({ method: 'POST', url: `${objects}/${object}/refresh`, headers }).then(answer => answer.statusCode)
  return { publicApp, refresh, asked: () => asked, letGo: gate.resolve }
}

t.test("objects that a key refreshes leave Tracker's cards room at their source", async t => {
  const { publicApp, refresh, asked, letGo } = await heldSource(t)
  const refreshed = Promise.all(Array.from({ length: 60 }, (_, object) => refresh(object)))
  await until(() => asked() === 8)
  const card = publicApp.inject('/crm/objects/100')
  await until(() => asked() === 9)
  letGo()
  t.equal((await card).statusCode, 200)
  t.same(new Set(await refreshed), new Set([200]))
})

t.test('without turns they ask for all at once', async t => {
  const { refresh, asked, letGo } = await heldSource(t, noTurns)
  const refreshed = Promise.all(Array.from({ length: 60 }, (_, object) => refresh(object)))
  await until(() => asked() > 40)
  letGo()
  await refreshed
})

const line = (key: string) => `${JSON.stringify({ key, summary: 's' })}\n`

async function answerOf(call: ClientRequest): Promise<string> {
  const [response] = await once(call, 'response')
  return text(response)
}

async function refusal(call: ClientRequest) {
  // More than the server would take from a push that it does not read.
  call.write('{"key":"never","summary":"s"}\n')
  const [response] = await once(call, 'response')
  const { code } = JSON.parse(await text(response))
  call.destroy()
  return { status: response.statusCode, code, retryAfter: response.headers['retry-after'] }
}
