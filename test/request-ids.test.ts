import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { type ObjectSource, SourceFailure } from '../src/linked-objects/object-source.ts'
import { exchange } from './black-box/raw-request.ts'
import { changedClient } from './support/changed-client.ts'
import { testApi } from './support/test-api.ts'
import { type TestApp, testApp, testAppWith } from './support/test-app.ts'

type Log = TestApp['log']
const idOf = ({ headers }: Pick<LightMyRequestResponse, 'headers'>) => String(headers['x-request-id'])

/** Makes a call, and returns its answer with the records that it left; every one of them must have the answer's id. */
async function recordsOf(t: Test, log: Log, call: () => Promise<LightMyRequestResponse>) {
  log.length = 0
  const answer = await call()
  const id = idOf(answer)
  t.match(id, /^[\w-]{16}$/)
  t.same(
    log.filter(({ requestId }) => requestId !== id),
    [],
    'no record without the id of the call',
  )
  if (/problem/.test(String(answer.headers['content-type']))) t.equal(answer.json().requestId, id)
  return { id, answer, records: log.map(({ msg }) => msg) }
}

t.test('every record of a call and its answer have one id', async t => {
  const tokens = { authorization: { kind: 'token' as const, tokens: ['canary-token'] } }
  const { app, objects, log } = await testApp(t, tokens)
  await objects.put('crm', [{ key: '1' as never, summary: 'One' }])
  const headers = { authorization: 'OAuth canary-token' }
  const of = (call: InjectOptions) => recordsOf(t, log, () => app.inject(call))

  t.same((await of({ url: '/crm/objects/1', headers })).records, ['answered'])
  t.equal((await of({ url: '/crm/objects/2', headers })).answer.statusCode, 404)
  const payload = { issueKey: 'TEST-1', entityIds: ['1'] }
  t.same((await of({ method: 'POST', url: '/crm/links', headers, payload })).records, ['answered'])
  const url = '/crm/links?issueKey=TEST-1&remoteKey=1'
  t.same((await of({ method: 'DELETE', url, headers })).records, ['link removed', 'answered'])

  t.same((await of({ method: 'DELETE', url, headers })).records, ['no such link, nothing to remove', 'answered'])

  for (const [sent, why] of [
    [{}, { code: 'token-missing', scheme: 'absent' }],
    [
      { authorization: 'OAuth other' },
      { code: 'token-unknown', scheme: 'OAuth', because: /not one of the configured/ },
    ],
  ] as const) {
    t.equal((await of({ url: '/crm/objects/1', headers: sent })).records.length, 2, 'the error and the call')
    t.match(log[0], { application: 'crm', ...why }, 'the record of a refusal says why')
  }
  for (const url of ['/nowhere', '/health', '/crm/icons/open.svg']) await of({ url })
  t.equal((await of({ method: 'PUT', url: '/crm/links' })).answer.statusCode, 405)
  const json = { ...headers, 'content-type': 'application/json' }
  t.equal((await of({ method: 'POST', url: '/crm/links', headers: json, payload: '{' })).answer.statusCode, 400)
})

const fail = () => Promise.reject(new Error('no database'))

t.test('a source or a database that fails is told under the id of the call', async t => {
  const away: ObjectSource = {
    find: () => Promise.reject(new SourceFailure('away', 'it is off')),
    close: async () => {},
  }
  const { app, log, openReplica, prisma } = await testAppWith(t, new Map([['crm', away]]), { unknownObjects: 'reject' })
  const card = await recordsOf(t, log, () => app.inject('/crm/objects/1'))
  t.equal(card.answer.statusCode, 503)
  t.ok(card.records.some(text => /source/i.test(String(text))))

  const { app: other, log: otherLog } = await testAppWith(t, new Map([['crm', away]]), { unknownObjects: 'reject' })
  const payload = { issueKey: 'TEST-1', entityIds: ['1'] }
  const link = await recordsOf(t, otherLog, () => other.inject({ method: 'POST', url: '/crm/links', payload }))
  t.ok(link.records.length > 1)

  const { publicApp } = await openReplica({ storage: { prisma: changedClient(prisma, { $queryRaw: fail }) } })
  const url = '/crm/links?issueKey=TEST-1&remoteKey=1'
  const failed = await recordsOf(t, log, () => publicApp.inject({ method: 'DELETE', url }))
  t.equal(failed.answer.statusCode, 500)
})

t.test('a verifier that gives no verdict is told under the id of the call', async t => {
  const verifier = { kind: 'introspection' as const, url: 'http://127.0.0.1:9/', clientId: 'a', clientSecret: 'b' }
  const { app, log } = await testApp(t, { authorization: { kind: 'user', verifier, allow: { logins: ['robot'] } } })
  const headers = { authorization: 'OAuth some-token' }
  await recordsOf(t, log, () => app.inject({ url: '/crm/objects/1', headers }))
  t.match(log[0], { code: 'verifier-away', application: 'crm', scheme: 'OAuth', because: /./ })
})

t.test('answers and records of the admin port have ids too', async t => {
  const { adminApp, call, log } = await testApi(t)
  for (const url of ['/health/live', '/health/ready', '/nowhere', '/api/%zz', '/openapi.json', '/api/applications'])
    await recordsOf(t, log, () => adminApp.inject(url))
  await recordsOf(t, log, () => call('GET', '/api/applications'))
  const body = '{"key":"1","summary":"One"}\n'
  const headers = { 'content-type': 'application/x-ndjson' }
  const pushed = await recordsOf(t, log, () => call('POST', '/api/applications/crm/objects/bulk', { body, headers }))
  t.same(pushed.records, ['bulk push'])
  await recordsOf(t, log, () => call('PUT', '/api/applications/crm/objects/1', { body: {} }))
})

t.test('what never became a request has an id as well', async t => {
  const { app, log } = await testApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  for (const request of ['nonsense\r\n\r\n', 'GET /health HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\n\r\n']) {
    const answer = await exchange(port, Buffer.from(request))
    const { requestId, code } = JSON.parse(answer?.body ?? '{}')
    t.match(requestId, /^[\w-]{16}$/)
    t.match(answer?.headers, `x-request-id: ${requestId}\r\n`)
    t.match(log.at(-1), { requestId, code })
  }
})

t.test("the caller's own id is noted beside ours, cut and escaped, and never taken for it", async t => {
  const { app, log } = await testApp(t, { authorization: { kind: 'token', tokens: ['canary-token'] } })
  for (const [sent, noted] of [
    ['balancer-7', 'balancer-7'],
    ['a "quoted" \\one', 'a?"quoted"?\\one'],
    ['x","requestId":"forged', 'x","requestId":"forged'],
    ['y'.repeat(4_000), 'y'.repeat(128)],
    ['\u00e4\u00ff\u0001', '???'],
  ] as const) {
    for (const headers of [{ authorization: 'OAuth canary-token' }, { authorization: 'OAuth other' }]) {
      const asked = { url: '/crm/objects/1', headers: { ...headers, 'x-request-id': sent } }
      const { id } = await recordsOf(t, log, () => app.inject(asked))
      t.not(id, sent)
      t.same(
        log.map(({ callerRequestId }) => callerRequestId),
        log.map(() => noted),
      )
    }
  }
})

t.test('ids do not repeat, over servers and ports', async t => {
  const { openReplica, app, adminApp } = await testApp(t)
  const { publicApp } = await openReplica()
  const ids = new Set<string>()
  for (let round = 0; round < 20; round++)
    for (const one of [app, adminApp, publicApp]) ids.add(idOf(await one.inject('/nowhere')))
  t.equal(ids.size, 60)
})
