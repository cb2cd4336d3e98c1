import t from 'tap'
import type { Scope } from '../../src/management-api/api-key.ts'
import { testApi } from '../support/test-api.ts'

const objects = '/api/applications/crm/objects'

t.test('a key that may write objects moves no links, and learns of none', async t => {
  const api = await testApi(t)
  const { call, makeKey, prisma } = api
  const as = async (...scopes: Scope[]) => ({
    authorization: `Bearer ${await makeKey({ scopes })}`,
  })
  for (const key of ['1', '2', '3']) await call('PUT', `${objects}/${key}`, { body: { summary: 'Deal' } })
  await call('POST', '/api/applications/crm/links', { body: { issueKey: 'TEST-1', remoteKeys: ['1', '2', '3'] } })
  const rename = (key: string, headers: Record<string, string>) =>
    call('POST', `${objects}/${key}/rename`, { headers, body: { to: `${key}-new` } })

  const refused = await rename('1', await as('objects:write'))
  t.match(refused.json(), { status: 403, code: 'api-key-not-allowed', detail: /lacks the scope links:write/ })
  t.match((await rename('absent', await as('objects:write'))).json(), { status: 403 }, 'nor whether there is an object')
  t.match((await rename('1', await as('links:write'))).json(), { status: 403, detail: /lacks the scope objects:write/ })
  t.equal(await prisma.link.count({ where: { remoteKey: '1' } }), 1)
  t.match((await rename('1', await as('objects:write', 'links:write'))).json(), { links: 1, object: true })

  const remove = (key: string, headers: Record<string, string>) => call('DELETE', `${objects}/${key}`, { headers })
  const blind = await remove('2', await as('objects:write'))
  t.equal(blind.statusCode, 204)
  t.equal(blind.headers['x-links-kept'], undefined)
  t.equal((await remove('3', await as('objects:write', 'links:read'))).headers['x-links-kept'], '1')
})

t.test('a key that is limited to applications learns the ids of no others', async t => {
  const ids = ['crm', 'erp', 'secret-merger']
  const { adminApp, call, makeKey } = await testApi(t, ...ids.map(id => ({ id, name: id })))
  const everywhere = await call('POST', '/api/keys', { body: { name: 'all', scopes: ['admin'] } })
  const of = async (id: string) =>
    call('POST', '/api/keys', { body: { name: `of ${id}`, scopes: ['admin'], applications: [id] } })
  const others = [everywhere, await of('secret-merger')].map(answer => answer.json().id as string)
  const headers = { authorization: `Bearer ${await makeKey({ applications: ['crm', 'erp'] })}` }
  const create = (applications: unknown) =>
    call('POST', '/api/keys', { headers, body: { name: 'a', scopes: ['admin'], applications } })

  const answers = [
    await create(['absent']),
    await create(['crm', 'secret-merge']),
    await create([]),
    await create(['crm', '']),
    await call('GET', '/api/keys', { headers }),
    await call('GET', '/api/applications', { headers }),
    await call('POST', '/api/reload', { headers }),
    await call('GET', '/api/applications/absent/objects', { headers }),
    ...(await Promise.all(others.map(id => call('POST', `/api/keys/${id}/revoke`, { headers })))),
    await adminApp.inject('/health/ready'),
    await adminApp.inject('/openapi.json'),
  ]
  for (const answer of answers) t.notMatch(answer.body, 'secret-merger', answer.body.slice(0, 200))
  const status = async (id: string) => (await create([id])).json()
  t.same({ ...(await status('absent')), requestId: '' }, { ...(await status('secret-merger')), requestId: '' })
  t.match((await create(['secret-merger'])).json(), { status: 403, code: 'api-key-not-allowed' })
  t.equal((await create(['erp'])).statusCode, 201)
})

t.test('a key that is limited to an application that is gone is told so, with its own applications only', async t => {
  const { call, makeKey } = await testApi(t, { id: 'crm' }, { id: 'secret-merger', name: 'x' })
  const headers = { authorization: `Bearer ${await makeKey({ applications: ['crm', 'gone'] })}` }
  const answer = await call('POST', '/api/keys', {
    headers,
    body: { name: 'a', scopes: ['admin'], applications: ['gone'] },
  })
  t.match(answer.json(), { status: 400, errors: [{ field: 'applications/0', hint: /The configuration has crm\./ }] })
})
