import { METHODS } from 'node:http'
import t from 'tap'
import { exchange } from './black-box/raw-request.ts'
import { changedClient } from './support/changed-client.ts'
import { testApi } from './support/test-api.ts'
import { testApp } from './support/test-app.ts'
import { until } from './support/until.ts'

t.test('health is a bare status', async t => {
  const { app, setReady } = await testApp(t)
  const live = await app.inject('/health')
  t.equal(live.statusCode, 200)
  t.equal(live.body, '')
  setReady(false)
  t.equal((await app.inject('/health?x')).statusCode, 503)
})

t.test('an address of nobody is 404, an address of another call is 405 and names the methods', async t => {
  const { app } = await testApp(t)
  for (const url of ['/', '/crm', '/crm/cards/1', '/nobody/objects/1', '/healthy'])
    t.match((await app.inject(url)).json(), { status: 404, code: 'no-such-address' }, url)
  t.match((await app.inject({ method: 'PUT', url: '/nowhere' })).json(), { status: 404, code: 'no-such-address' })
  for (const [method, url, allow] of [
    ['PUT', '/crm/objects/1', 'GET, HEAD'],
    ['GET', '/crm/links', 'POST'],
    ['OPTIONS', '/crm/links', 'POST'],
    ['PATCH', '/crm/links/TEST-1/1', 'DELETE'],
  ] as const) {
    const answer = await app.inject({ method, url })
    t.match(answer.json(), { status: 405, code: 'method-not-allowed' }, `${method} ${url}`)
    t.match(answer.headers.allow, allow)
  }
})

t.test('a caller without a token learns nothing of objects, keys or bodies', async t => {
  const { app, objects } = await testApp(t, { authorization: { kind: 'token', tokens: ['canary-app-token'] } })
  await objects.put('crm', [{ key: '1' as never, summary: 'Secret' }])
  const bodies = new Set<string>()
  for (const [method, url, payload] of [
    ['GET', '/crm/objects/1', undefined],
    ['GET', '/crm/objects/none', undefined],
    ['GET', '/crm/objects/%00', undefined],
    ['POST', '/crm/links', '{'],
    ['POST', '/crm/links', 'x'.repeat(300_000)],
    ['DELETE', '/crm/links?issueKey=x&remoteKey=', undefined],
  ] as const) {
    const answer = await app.inject({ method, url, ...(payload !== undefined && { payload }) })
    t.equal(answer.statusCode, 401, `${method} ${url}`)
    t.ok(answer.headers['www-authenticate'])
    bodies.add(JSON.stringify({ ...answer.json(), requestId: '' }))
  }
  t.equal(bodies.size, 1)
  const headers = { authorization: 'OAuth canary-app-token' }
  t.equal((await app.inject({ url: '/crm/objects/1', headers })).statusCode, 200)
})

t.test('a stop waits for answers under way, not for clients that keep their connections', async t => {
  const { startReplica } = await testApi(t)
  const [asked, ready] = [Promise.withResolvers<void>(), Promise.withResolvers<{ ready: boolean }>()]
  const readiness = () => {
    asked.resolve()
    return ready.promise
  }
  const app = await startReplica({ storage: { readiness } })
  const answer = fetch(`${await app.listen({ host: '127.0.0.1', port: 0 })}/health/ready`)
  await asked.promise
  const closed = app.close()
  await until(() => !app.server.listening)
  ready.resolve({ ready: true })
  t.equal((await answer).status, 200)
  t.equal(await (await answer).text(), '{"status":"ready"}')
  await closed
  t.pass('at once, not when the client lets go')
})

t.test('no token reaches the log, whatever was asked', async t => {
  const { app, log } = await testApp(t, { authorization: { kind: 'token', tokens: ['canary-known-token'] } })
  for (const authorization of ['OAuth canary-known-token', 'Bearer canary-other-token', 'canary-bare-token'])
    for (const url of [
      '/crm/objects/1',
      '/crm/objects/%00',
      '/nowhere?token=canary-in-query',
      '/crm/links?issueKey=T-1&remoteKey=1&token=canary-in-query',
    ])
      await app.inject({ url, headers: { authorization } })
  t.ok(log.length > 5)
  t.notMatch(JSON.stringify(log), /canary/)
})

t.test('no method, body or content type makes a failure of the server', async t => {
  const { publicApp, adminApp } = await testApi(t)
  const types = [undefined, 'application/json', 'application/json; charset=utf-8', 'text/plain', 'weird']
  for (const [name, app] of Object.entries({ publicApp, adminApp }))
    for (const url of ['/', '/nowhere', '/crm/links', '/health', '/api/applications', '/docs'])
      for (const method of METHODS.filter(one => one !== 'CONNECT'))
        for (const payload of [undefined, '', '{', '{"a":1}'])
          for (const type of types) {
            const headers = type === undefined ? {} : { 'content-type': type }
            const answer = await app.inject({
              method: method as 'GET',
              url,
              headers,
              ...(payload !== undefined && { payload }),
            })
            if (answer.statusCode >= 500) t.fail(`${name} ${method} ${url} ${type} ${payload}: ${answer.body}`)
          }
  t.pass('all were answered')
})

t.test('an address of nobody is told before the body is looked at', async t => {
  const { publicApp, adminApp } = await testApi(t)
  const headers = { 'content-type': 'application/json' }
  for (const [app, code] of [
    [publicApp, 'no-such-address'],
    [adminApp, 'no-such-endpoint'],
  ] as const)
    for (const method of ['POST', 'QUERY'] as const) {
      const answer = await app.inject({ method: method as 'POST', url: '/nowhere', headers, payload: '{' })
      t.match(answer.json(), { status: 404, code }, `${method} ${code}`)
    }
})

const fail = async () => {
  throw new Error('a driver said /secret/path')
}

t.test('a failure of the server is a 500 that tells nothing of it, and is logged whole', async t => {
  const { openReplica, prisma, log } = await testApp(t)
  const { publicApp } = await openReplica({ storage: { prisma: changedClient(prisma, { $queryRawUnsafe: fail }) } })
  const answer = await publicApp.inject({
    method: 'POST',
    url: '/crm/links',
    payload: { issueKey: 'TEST-1', entityIds: ['1'] },
  })
  t.match(answer.json(), { status: 500, code: 'internal' })
  t.notMatch(answer.body, /driver|secret/)
  t.ok(log.some(line => line.level === 'error' && line.requestId === answer.json().requestId))
})

const get = (...headers: string[]) => `GET /crm/objects/1 HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`

t.test('what is no HTTP is refused in a problem body, and two Host or Authorization headers are', async t => {
  const { app } = await testApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  for (const [request, status, code] of [
    ['nonsense\r\n\r\n', 400, 'request-malformed'],
    [get('Host: a', 'Host: b'), 400, 'request-malformed'],
    [get('Accept: */*'), 400, 'request-malformed'],
    [get('Host: a', 'Authorization: OAuth canary-1', 'authorization: OAuth canary-2'), 400, 'request-malformed'],
    [get('Host: a', ...Array.from({ length: 101 }, (_, index) => `x${index}: 1`)), 431, 'headers-too-large'],
    [get('Host: a', ...Array.from({ length: 3_000 }, (_, index) => `x${index}: 1`)), 431, 'headers-too-large'],
    [get('Host: a', 'Expect: a-miracle'), 417, 'expectation-failed'],
    ['GET http://somewhere.example/crm/objects/1 HTTP/1.1\r\nHost: a\r\n\r\n', 404, 'object-unknown'],
  ] as const) {
    const answer = await exchange(port, Buffer.from(request))
    t.equal(answer?.status, status, request.slice(0, 60))
    t.match(answer?.headers, /application\/problem\+json/)
    t.equal(JSON.parse(answer?.body ?? '{}').code, code)
  }
})
