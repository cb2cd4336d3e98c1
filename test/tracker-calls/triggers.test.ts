import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildAddressBook } from '../../src/tracker-calls/addresses/address-book.ts'
import { appBesideTracker } from '../support/app-beside-tracker.ts'
import { testApp } from '../support/test-app.ts'

const token = 'canary-triggers-Zk3vQ8sW1xR7pL5nT9bH2mD6uP5g'
const withTriggers = { triggers: { token } }

type More = { method?: 'POST' | 'PUT' | 'GET' | 'DELETE' | 'PATCH'; url?: string; headers?: Record<string, string> }
const tell = (
  app: FastifyInstance,
  body: object | string,
  { method = 'POST', url = '/crm/triggers', headers }: More = {},
) =>
  app.inject({
    method,
    url,
    headers: { authorization: `OAuth ${token}`, 'content-type': 'application/json', ...headers },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  })
const moved = (issue: object) => ({ event: 'moved', issue })

t.test('a trigger that tells of a move makes the issue one under all its keys; again, it changes nothing', async t => {
  const { app, tracker, api, prisma, log } = await appBesideTracker(t, withTriggers)
  await tracker.remoteLinks.add('TEST-1', { key: '1', origin: 'crm' }, { backlink: true })
  const { key, id } = await tracker.issues.move('TEST-1', 'PROD')
  const body = moved({ key, id: '{{issue.id}}', previousQueue: 'TEST' })
  const answer = await tell(app, body)
  t.equal(answer.statusCode, 200)
  t.same(answer.json(), { event: 'moved', outcome: 'moved', issueKey: key, formerKeys: ['TEST-1'], links: 1 })
  t.match(await prisma.link.findFirst(), { issueKey: key, issueId: id })
  t.match((await api('GET', 'links?issueKey=TEST-1')).json(), { links: [{ issueKey: key, remoteKey: '1' }] })

  for (const more of [
    { headers: { 'content-type': 'text/plain' } },
    { method: 'PUT' },
    { url: '/crm/triggers/?a=b' },
  ] as const)
    t.match((await tell(app, body, more)).json(), { outcome: 'moved', links: 0 })
  for (const headers of [{ 'content-encoding': 'gzip' }, { 'content-type': 'application/json; charset=utf-16' }])
    t.match((await tell(app, body, { headers })).json(), { status: 415, code: 'media-type-unsupported' })
  t.match((await tell(app, moved({ id }))).json(), { issueKey: key, links: 0 }, 'the id is enough')
  t.match((await tell(app, moved({ key: 'TEST-2', previousKey: key }))).json(), {
    outcome: 'unchanged',
    issueKey: 'TEST-2',
  })
  t.match((await tell(app, moved({ key: 'GONE-1' }))).json(), { outcome: 'unchanged' })
  t.same(
    (await prisma.issueAlias.findMany()).map(row => `${row.alias} ${row.issueKey}`),
    [`TEST-1 ${key}`],
    'what Tracker does not say is not believed',
  )
  t.match(await tell(app, { event: 'closed', issue: { key } }), { statusCode: 200 })
  t.match(
    log.findLast(line => line.msg === 'a trigger of Tracker told of an issue'),
    { event: 'closed', issueKey: key },
  )
  t.equal(await prisma.link.count(), 1)
})

t.test('links of a deleted issue are removed, if Tracker does not know it: neither its key nor its id', async t => {
  const { app, links, prisma, sandbox, tracker } = await appBesideTracker(t, withTriggers)
  const keys = ['TEST-1', 'TEST-77'] as never[]
  for (const issueKey of keys)
    await links.change({
      kind: 'create',
      applicationId: 'crm',
      links: ['a', 'b'].map(remoteKey => ({ issueKey, remoteKey }) as never),
      actor: { kind: 'user', login: 'user1' },
    })
  const deleted = (issue: object) => tell(app, { event: 'deleted', issue })
  t.match((await deleted({ key: 'TEST-1', id: 'made-up' })).json(), { outcome: 'unchanged' })
  const { id } = await tracker.issues.get('TEST-1')
  t.match((await deleted({ key: 'TEST-77', id })).json(), { outcome: 'unchanged' })
  t.equal(await prisma.link.count(), 4)
  t.match((await deleted({ key: 'TEST-77' })).json(), { outcome: 'removed', links: 2 })
  t.match((await deleted({ key: 'TEST-77' })).json(), { outcome: 'removed', links: 0 })
  t.equal(await prisma.link.count({ where: { issueKey: 'TEST-1' } }), 2)
  t.match(await prisma.linkEvent.findFirst({ where: { kind: 'removed' } }), {
    issueKey: 'TEST-77',
    actorKind: 'tracker',
  })

  await sandbox.close()
  const away = await deleted({ key: 'TEST-1' })
  t.match(away.json(), { status: 503, code: 'tracker-away' })
  t.equal(await prisma.link.count({ where: { issueKey: 'TEST-1' } }), 2)
})

t.test('without an organization a trigger is believed, and has to say enough', async t => {
  const { app, links, prisma } = await testApp(t, withTriggers)
  const actor = { kind: 'tracker' } as const
  const create = (issueKey: string) =>
    links.change({ kind: 'create', applicationId: 'crm', links: [{ issueKey, remoteKey: 'x' } as never], actor })
  await create('A-1')
  t.match((await tell(app, moved({ key: 'B-1' }))).json(), { status: 400, errors: [{ field: 'issue/id' }] })
  t.match((await tell(app, moved({ id: '5f' }))).json(), { status: 400, errors: [{ field: 'issue/key' }] })
  t.match((await tell(app, moved({ key: 'B-1', id: '5f', previousKey: 'a-1' }))).json(), { outcome: 'moved', links: 1 })
  t.match((await tell(app, moved({ key: 'C-1', id: '5f' }))).json(), { outcome: 'moved', links: 1 }, 'its id is known')
  await create('C-2')
  await prisma.link.updateMany({ where: { issueKey: 'C-2' }, data: { issueId: '60' } })
  t.match((await tell(app, moved({ key: 'D-2', id: '60' }))).json(), {
    outcome: 'moved',
    formerKeys: ['C-2'],
    links: 1,
  })
  t.match((await tell(app, moved({ key: 'E-3', id: '61', aliases: ['D-2', '{{x}}'] }))).json(), { links: 1 })
  t.match((await tell(app, { event: 'deleted', issue: { key: 'A-1' } })).json(), { outcome: 'removed', links: 1 })
  t.equal(await prisma.link.count(), 1)
})

t.test('what is no trigger is refused in words, and nobody gets in without the token of the triggers', async t => {
  const { app } = await testApp(t, withTriggers, {
    id: 'other',
    authorization: { kind: 'token', tokens: ['canary-other'] },
  })
  for (const [body, code, field] of [
    ['', 'body-not-json', undefined],
    ['{"event":"moved",', 'body-not-json', undefined],
    ['[]', 'body-invalid', 'event'],
    [{ event: 'renamed', issue: { key: 'A-1' } }, 'body-invalid', 'event'],
    [{ event: 'moved' }, 'body-invalid', 'issue/key'],
    [{ event: 'moved', issue: { key: 'no key' } }, 'body-invalid', 'issue/key'],
  ] as const) {
    const answer = await tell(app, body)
    t.match(answer.json(), { status: 400, code, ...(field && { errors: [{ field, rule: /./, hint: /./ }] }) })
    t.match(answer.headers['content-type'], 'application/problem+json')
  }
  t.match((await tell(app, {}, { headers: { authorization: '' } })).json(), { code: 'token-missing' })
  t.match((await tell(app, {}, { headers: { authorization: 'Bearer canary-other' } })).json(), {
    code: 'token-unknown',
  })
  for (const method of ['GET', 'DELETE', 'PATCH'] as const) {
    const answer = await tell(app, {}, { method })
    t.match(answer.json(), { status: 405, code: 'method-not-allowed' }, method)
    t.equal(answer.headers.allow, 'POST, PUT')
  }
  for (const url of ['/other/triggers', '/crm/triggers/more', '/nothing/triggers'])
    t.match((await tell(app, {}, { url })).json(), { status: 404, code: 'no-such-address' }, url)
})

t.test('the address of triggers and that of created links cannot be one', async t => {
  const endpoints = {
    entityInfo: '/crm/{{remoteKey}}',
    createLink: '/crm/triggers',
    removeLink: ['/crm/{{issueKey}}/{{remoteKey}}'],
  }
  const faultsWith = (triggers?: object) => buildAddressBook([{ id: 'crm', path: 'crm', triggers, endpoints }]).faults
  t.same(faultsWith(), [])
  t.match(faultsWith({}), [
    { field: 'applications/0/triggers', rule: '`/crm/triggers` is the address of the create link' },
  ])
})
