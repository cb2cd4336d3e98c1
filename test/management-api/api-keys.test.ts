import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { newApiKey } from '../../src/management-api/api-key.ts'
import { changedClient } from '../support/changed-client.ts'
import { testApi } from '../support/test-api.ts'
import { until } from '../support/until.ts'

t.test('who may call', async t => {
  const { adminApp, call, makeKey, apiKeys, log } = await testApi(t, {}, { id: 'erp' })

  await t.test('without a key nobody is let in', async t => {
    const answer = await call('GET', '/api/applications', { headers: { authorization: '' } })
    t.equal(answer.statusCode, 401)
    t.equal(answer.json().code, 'api-key-missing')
    t.match(answer.headers['www-authenticate'], /^Bearer realm=/)
  })

  await t.test('a text that is no key, and a key that nobody made, are refused', async t => {
    for (const key of ['canary-nothing', newApiKey().key, (await makeKey()).slice(0, -1)]) {
      const answer = await call('GET', '/api/applications', as(key))
      t.equal(answer.statusCode, 401)
      t.equal(answer.json().code, 'api-key-unknown')
    }
  })

  await t.test('a key that has expired or was revoked is refused, and says so', async t => {
    const expired = await call('GET', '/api/applications', as(await makeKey({ expiresAt: new Date(Date.now() - 1) })))
    t.match(expired.json(), { status: 401, detail: /expired/ })
    const key = await makeKey()
    const id = key.split('_')[1] as string
    t.ok(await apiKeys.revoke(id))
    t.notOk(await apiKeys.revoke(id), 'a second time')
    t.match((await call('GET', '/api/applications', as(key))).json(), { status: 401, detail: /revoked/ })
  })

  await t.test('a key sees the applications that it is limited to', async t => {
    const one = await call('GET', '/api/applications', as(await makeKey({ applications: ['erp'], scopes: [] })))
    t.same(
      one.json().applications.map(({ id }: { id: string }) => id),
      ['erp'],
    )
    const all = await call('GET', '/api/applications')
    t.equal(all.json().applications.length, 2)
  })

  await t.test('its use is noted', async t => {
    await until(async () => (await apiKeys.list()).some(({ lastUsedAt }) => lastUsedAt !== null))
    t.pass('without holding up the answer')
  })

  await t.test('a key is taken from the header Authorization alone, and that once', async t => {
    const key = await makeKey()
    const code = async (headers: Record<string, string>, address = '/api/applications') =>
      (await call('GET', address, { headers: { authorization: '', ...headers } })).json().code
    t.equal(await code({}, `/api/applications?api_key=${key}&access_token=${key}`), 'api-key-missing')
    t.equal(await code({ 'x-api-key': key, cookie: `key=${key}` }), 'api-key-missing')
    for (const authorization of [key, `Basic ${key}`, `Bearer`, `Bearer ${key} x`, `Bearer "${key}"`, `OAuth ${key}`])
      t.match(await code({ authorization }), /^api-key-(missing|unknown)$/)
    t.equal(await code({ authorization: `Bearer ${key}${'x'.repeat(9_000)}` }), 'api-key-unknown')
    t.equal((await call('GET', '/api/applications', { headers: { authorization: `bearer  ${key} ` } })).statusCode, 200)
    t.match(await overTheWire(adminApp, `Authorization: Bearer ${key}\r\nAuthorization: Bearer canary-other`), {
      status: 400,
      code: 'request-malformed',
    })
    t.match(await overTheWire(adminApp, `${'X-A: b\r\n'.repeat(101)}Authorization: Bearer ${key}`), { status: 431 })
  })

  t.notOk(JSON.stringify(log).includes('tlk_'), 'no key is logged')
})

t.test('a revoked key stops within 5 s on every server', async t => {
  const { makeKey, apiKeys, startReplica } = await testApi(t)
  let now = 1_000
  const clock = { now: () => now }
  const replicas = [await startReplica({ clock }), await startReplica({ clock })]
  const key = await makeKey()
  const statuses = () =>
    Promise.all(replicas.map(async app => (await app.inject({ url: '/api/applications', ...as(key) })).statusCode))
  t.same(await statuses(), [200, 200])
  await apiKeys.revoke(key.split('_')[1] as string)
  now += 3_900
  t.same(await statuses(), [200, 200], 'still remembered, however often it is used')
  now += 200
  t.same(await statuses(), [401, 401])
})

t.test('calls that come at once with one key look it up once', async t => {
  const { makeKey, prisma, startReplica } = await testApi(t)
  let lookups = 0
  const findUnique = (asked: never) => {
    lookups++
    return prisma.apiKey.findUnique(asked)
  }
  const app = await startReplica({ storage: { prisma: changedClient(prisma, { 'apiKey.findUnique': findUnique }) } })
  const key = await makeKey()
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => app.inject({ url: '/api/applications', ...as(key) })),
  )
  t.ok(answers.every(({ statusCode }) => statusCode === 200))
  t.equal(lookups, 1)
})

t.test('while the database is away a key is neither good nor bad', async t => {
  const { makeKey, prisma, startReplica, log } = await testApi(t)
  const key = await makeKey()
  let isAway = false
  let now = 1_000
  const app = await startReplica({
    clock: { now: () => now },
    storage: {
      prisma: changedClient(prisma, {
        'apiKey.findUnique': (asked: never) => (isAway ? away() : prisma.apiKey.findUnique(asked)),
        'apiKey.updateMany': away,
      }),
    },
  })
  const ask = () => app.inject({ url: '/api/applications', ...as(key) })
  t.equal((await ask()).statusCode, 200, 'though its use cannot be noted')
  isAway = true
  t.equal((await ask()).statusCode, 200, 'remembered')
  now += 5_000
  const answer = await ask()
  t.match(answer.json(), { status: 503, code: 'database-away' })
  t.equal(answer.headers['retry-after'], '1')
  isAway = false
  t.equal((await ask()).statusCode, 200)
  t.match(log, [{ msg: /use of an API key was not noted/ }])
})

t.test('API keys over the API', async t => {
  const { call, makeKey, prisma } = await testApi(t, {}, { id: 'erp' })

  await t.test('a key is made, works at once, is listed without itself, and is revoked', async t => {
    const body = { name: 'crm-sync', scopes: ['links:read'], applications: ['crm'], expiresAt: '2999-01-01T00:00:00Z' }
    const made = await call('POST', '/api/keys', { body })
    t.equal(made.statusCode, 201)
    t.equal(made.headers['cache-control'], 'no-store')
    const { key, id, ...rest } = made.json()
    t.match(rest, { ...body, expiresAt: '2999-01-01T00:00:00.000+0000', state: 'valid' })
    t.equal((await call('GET', '/api/applications/crm/links', as(key))).statusCode, 200)
    t.equal((await call('GET', '/api/applications/erp/links', as(key))).json().code, 'api-key-not-allowed')
    t.equal((await call('GET', '/api/applications/nothing/links', as(key))).statusCode, 403, 'which tells nothing')
    t.equal((await call('DELETE', '/api/applications/crm/links', as(key))).json().code, 'api-key-not-allowed')
    t.equal((await call('GET', '/api/keys', as(key))).json().code, 'api-key-not-allowed')
    const listed = await call('GET', '/api/keys')
    t.equal(listed.json().keys[0].id, id)
    t.notOk(listed.payload.includes(key))
    t.match((await call('POST', `/api/keys/${id}/revoke`)).json(), { id, state: 'revoked', revokedAt: String })
    t.match((await call('POST', `/api/keys/${id}/revoke`)).json(), { id, state: 'revoked' }, 'again')
  })

  await t.test('what no key can be is refused, and nothing is made', async t => {
    const count = await prisma.apiKey.count()
    const good = { name: 'a', scopes: ['admin'] }
    const wrong: [object | string, string][] = [
      [{ scopes: ['admin'] }, 'name'],
      [{ ...good, name: '' }, 'name'],
      [{ ...good, name: ' a' }, 'name'],
      [{ ...good, name: 'a\u0000' }, 'name'],
      [{ ...good, name: '\ud800' }, 'name'],
      [{ ...good, name: 'x'.repeat(101) }, 'name'],
      [{ ...good, scopes: [] }, 'scopes'],
      [{ ...good, scopes: ['all'] }, 'scopes/0'],
      [{ ...good, scopes: ['admin', 'admin'] }, 'scopes'],
      [{ ...good, applications: ['nothing'] }, 'applications/0'],
      [{ ...good, expiresAt: '2001-01-01T00:00:00Z' }, 'expiresAt'],
      [{ ...good, expiresAt: 'tomorrow' }, 'expiresAt'],
      [{ ...good, expires: '2999-01-01T00:00:00Z' }, 'expires'],
      ['[]', ''],
    ]
    for (const [body, field] of wrong) {
      const answer = await call('POST', '/api/keys', { body, headers: { 'content-type': 'application/json' } })
      t.match(answer.json(), { code: 'body-invalid', errors: [{ field }] }, JSON.stringify(body))
    }
    t.equal((await call('POST', '/api/keys')).statusCode, 400, 'no body')
    t.equal((await call('POST', '/api/keys', { body: 'a=b', headers: form })).statusCode, 415)
    for (const id of ['nothing', '%00', '..%2F..', 'x'.repeat(5_000), '%F0%9F%98%80'])
      t.equal((await call('POST', `/api/keys/${id}/revoke`)).json().code, 'api-key-id-unknown', id.slice(0, 20))
    t.equal((await call('POST', '/api/keys/%ff/revoke')).json().code, 'request-malformed')
    t.equal(await prisma.apiKey.count(), count)
  })

  await t.test('no key reaches further than the one that made it', async t => {
    const limited = as(await makeKey({ applications: ['crm'], expiresAt: new Date(Date.now() + 60_000) }))
    const body = { name: 'a', scopes: ['admin'], expiresAt: new Date(Date.now() + 30_000).toISOString() }
    const refused = (more: object) => call('POST', '/api/keys', { body: { ...body, ...more }, ...limited })
    for (const more of [
      {},
      { applications: [] },
      { applications: ['erp'] },
      { applications: ['crm', 'erp'] },
      { applications: ['crm'], expiresAt: '2999-01-01T00:00:00Z' },
      { applications: ['crm'], expiresAt: undefined },
    ])
      t.match((await refused(more)).json(), { code: 'api-key-not-allowed' }, JSON.stringify(more))
    t.equal((await refused({ applications: ['crm'] })).statusCode, 201)

    const others = (await call('GET', '/api/keys')).json().keys
    const seen = (await call('GET', '/api/keys', limited)).json().keys
    t.ok(others.length > seen.length)
    t.ok(seen.every(({ applications }: { applications: string[] }) => applications.join() === 'crm'))
    const stranger = others.find(({ applications }: { applications: string[] }) => applications.length === 0).id
    t.equal((await call('POST', `/api/keys/${stranger}/revoke`, limited)).json().code, 'api-key-id-unknown')
  })
})

const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** What is answered to a request with these header lines, sent as they are. */
async function overTheWire(app: FastifyInstance, lines: string): Promise<{ status: number; code: string }> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(`GET /api/applications HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${lines}\r\n\r\n`)
  return JSON.parse((await text(socket)).split('\r\n\r\n')[1] ?? '')
}

const away = () => Promise.reject(Object.assign(new Error('refused'), { code: 'P1001' }))

function as(key: string) {
  return { headers: { authorization: `Bearer ${key}` } }
}
