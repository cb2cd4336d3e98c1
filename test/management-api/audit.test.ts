import t from 'tap'
import { testApi } from '../support/test-api.ts'

type Page = { records: { at: string; [field: string]: unknown }[]; next?: string }

t.test('each change that a caller was told of has its record, with the key, what it names and its request', async t => {
  const { call, makeKey } = await testApi(t)
  const put = await call('PUT', '/api/applications/crm/objects/D-1', { body: { summary: 'canary summary' } })
  t.equal(put.statusCode, 201)
  await call('POST', '/api/applications/crm/links', { body: { issueKey: 'TEST-1', remoteKeys: ['D-1', 'D-2'] } })
  await call('DELETE', '/api/applications/crm/links?issueKey=TEST-1&remoteKey=D-1')
  const made = await call('POST', '/api/keys', {
    body: { name: 'sync', scopes: ['links:read'], applications: ['crm'] },
  })
  const refused = await call('PUT', '/api/applications/crm/objects/D-2', { body: { summary: 5 } })
  t.equal(refused.statusCode, 400)
  await call('GET', '/api/applications/crm/links')
  await call('POST', '/api/applications/crm/links/count', { body: { remoteKeys: ['D-1'] } })
  await makeKey()

  const { records } = (await call('GET', '/api/audit')).json<Page>()
  t.match(records, [
    {
      actor: { kind: 'application', login: /^key /, apiKeyId: String },
      application: 'crm',
      operation: 'putObject',
      about: { key: 'D-1' },
      status: 201,
      requestId: put.headers['x-request-id'],
    },
    { operation: 'createLinks', about: { issueKey: 'TEST-1', remoteKeys: 'D-1, D-2' } },
    { operation: 'removeLink', about: { issueKey: 'TEST-1', remoteKey: 'D-1' } },
    {
      operation: 'createKey',
      about: { name: 'sync', scopes: 'links:read', applications: 'crm', keyId: made.json().id },
    },
  ])
  t.equal(records.length, 4, 'neither what was refused nor what was read')
  t.notMatch(JSON.stringify(records), /canary summary|tlk_/, 'no content, no key')
})

t.test('a bulk push has a record, and a repeated request another one', async t => {
  const { call } = await testApi(t)
  const headers = { 'content-type': 'application/x-ndjson' }
  const body = '{"key":"D-1","summary":"One"}\n{"key":"D-2","summary":"Two"}\n'
  t.equal((await call('POST', '/api/applications/crm/objects/bulk', { body, headers })).statusCode, 200)
  const once = { body: { issueKey: 'TEST-1', remoteKeys: ['D-1'] }, headers: { 'idempotency-key': 'one' } }
  await call('POST', '/api/applications/crm/links', once)
  await call('POST', '/api/applications/crm/links', once)
  const { records } = (await call('GET', '/api/audit')).json<Page>()
  t.match(records, [{ operation: 'pushObjects' }, { operation: 'createLinks' }, { operation: 'createLinks' }])
})

t.test(
  'a change whose record cannot be written is not acknowledged, and nobody says that nothing was done',
  async t => {
    const { call, prisma } = await testApi(t)
    await prisma.$executeRaw`ALTER TABLE audit_record RENAME TO elsewhere`
    const answer = await call('PUT', '/api/applications/crm/objects/D-1', { body: { summary: 'One' } })
    t.match(answer.json(), { status: 503, code: 'change-not-recorded', hint: /Repeating is harmless/ })
    await prisma.$executeRaw`ALTER TABLE elsewhere RENAME TO audit_record`
    t.equal((await call('PUT', '/api/applications/crm/objects/D-1', { body: { summary: 'One' } })).statusCode, 200)
  },
)

t.test('the records are read by cursor, by application, key and time, and changed by nobody', async t => {
  const { call, makeKey, prisma } = await testApi(t, { id: 'crm' }, { id: 'erp' })
  for (const application of ['crm', 'erp', 'crm'])
    await call('PUT', `/api/applications/${application}/objects/D-1`, { body: { summary: 'One' } })
  const first = (await call('GET', '/api/audit?cursor=&perPage=2')).json<Page>()
  t.equal(first.records.length, 2)
  const rest = (await call('GET', `/api/audit?cursor=${first.next}&perPage=2`)).json<Page>()
  t.equal(rest.records.length, 1)
  t.equal(rest.next, undefined)
  t.match((await call('GET', '/api/audit?application=erp')).json(), { records: [{ application: 'erp' }] })
  t.same((await call('GET', '/api/audit?since=2999-01-01T00:00:00Z')).json(), { records: [] })
  t.same((await call('GET', '/api/audit?until=2001-01-01T00:00:00Z')).json(), { records: [] })
  t.same((await call('GET', '/api/audit?apiKeyId=nobody')).json(), { records: [] })
  t.match((await call('GET', '/api/audit?since=yesterday')).json(), {
    code: 'parameter-invalid',
    errors: [{ field: 'since' }],
  })
  t.equal((await call('GET', '/api/audit?cursor=bm9uc2Vuc2U')).statusCode, 400)

  const limited = await makeKey({ applications: ['erp'] })
  const headers = { authorization: `Bearer ${limited}` }
  const seen = (await call('GET', '/api/audit', { headers })).json<Page>()
  t.same(
    seen.records.map(({ application }) => application),
    ['erp'],
  )
  t.same((await call('GET', '/api/audit?application=crm', { headers })).json(), { records: [] })
  const reader = await makeKey({ scopes: ['links:read'] })
  t.equal((await call('GET', '/api/audit', { headers: { authorization: `Bearer ${reader}` } })).statusCode, 403)

  await t.rejects(prisma.$executeRaw`UPDATE audit_record SET operation = 'nothing'`, /append-only/)
  await t.rejects(prisma.$executeRaw`DELETE FROM audit_record WHERE at < now()`, /append-only/)
  await t.rejects(prisma.$executeRaw`TRUNCATE audit_record`, /append-only/)
})
