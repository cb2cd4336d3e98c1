import t from 'tap'
import { testApi } from '../../support/test-api.ts'

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

const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })
const form = { 'content-type': 'application/x-www-form-urlencoded' }
