import t from 'tap'
import { newApiKey } from '../../src/management-api/api-key.ts'
import { testApi } from '../support/test-api.ts'
import { until } from '../support/until.ts'

t.test('who may call', async t => {
  const { call, makeKey, apiKeys, log } = await testApi(t, {}, { id: 'erp' })

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

  t.notOk(JSON.stringify(log).includes('tlk_'), 'no key is logged')
})

function as(key: string) {
  return { headers: { authorization: `Bearer ${key}` } }
}
