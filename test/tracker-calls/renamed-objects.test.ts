import { Client } from 'pg'
import t, { type Test } from 'tap'
import { moveMostLinks } from '../../src/storage/objects/rename-object.ts'
import { testApi } from '../support/test-api.ts'
import { runSql } from '../support/test-database.ts'
import { until } from '../support/until.ts'

/** An application for each test, of one server. */
const ids = ['steps', 'etags', 'chains', 'new-links', 'mirrored', 'two', 'moved', 'late', 'open', 'back'] as const
const api = await testApi(
  t,
  ...ids.map(id => ({ id, ...(id === 'new-links' && { unknownObjects: 'reject' as const }) })),
)
const { publicApp, prisma, log } = api

const at = (key: string) => `objects/${encodeURIComponent(key)}`

/** An application with the object `old`, linked to these issues, and what is done with it. */
async function withObject(applicationId: (typeof ids)[number], ...issues: string[]) {
  const call = (method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: object) =>
    api.call(method, `/api/applications/${applicationId}/${path}`, body && { body })
  const put = (key: string, summary: string) => call('PUT', at(key), { summary })
  const create = (issueKey: string, ...entityIds: string[]) =>
    publicApp.inject({ method: 'POST', url: `/${applicationId}/links`, payload: { issueKey, entityIds } })
  const ask = (key: string, etag = '') =>
    publicApp.inject({
      url: `/${applicationId}/objects/${encodeURIComponent(key)}`,
      headers: { 'if-none-match': etag },
    })
  await put('old', 'Deal')
  for (const issue of issues) await create(issue, 'old')
  return {
    call,
    at,
    put,
    create,
    ask,
    rename: async (from: string, to: string) => (await call('POST', `${at(from)}/rename`, { to })).json(),
    card: async (key: string) => {
      const answer = await ask(key)
      return answer.statusCode === 200 ? answer.body : answer.statusCode
    },
    remove: (issueKey: string, remoteKey: string) =>
      publicApp.inject({ method: 'DELETE', url: `/${applicationId}/links`, query: { issueKey, remoteKey } }),
    links: async () =>
      (
        await prisma.link.findMany({ where: { applicationId }, orderBy: [{ issueKey: 'asc' }, { remoteKey: 'asc' }] })
      ).map(({ issueKey, remoteKey }) => `${issueKey} ${remoteKey}`),
    aliases: async () =>
      (await prisma.objectAlias.findMany({ where: { applicationId }, orderBy: { alias: 'asc' } })).map(
        ({ alias, remoteKey }) => `${alias} ${remoteKey}`,
      ),
  }
}

const cardOf = (key: string, summary = 'Deal') => JSON.stringify({ key, summary })

t.test('a renamed object is shown under each key before, during and after, in many steps', async t => {
  const { card, rename, remove, links, aliases } = await withObject('steps', 'TEST-1', 'TEST-2', 'TEST-3')
  t.same([await card('old'), await card('new')], [cardOf('old'), 404])
  const renaming = { from: 'old', to: 'new', actor: { kind: 'operator' } } as never
  await t.rejects(moveMostLinks(prisma, 'steps', renaming, { linksOfStep: 2, longest: 0 }), {
    code: 'rename-unfinished',
  })
  t.same(await links(), ['TEST-1 new', 'TEST-2 new', 'TEST-3 old'])
  t.same([await card('old'), await card('new')], [cardOf('old'), cardOf('new')])
  // By the key under which the link does not stand.
  await remove('TEST-1', 'old')
  await remove('TEST-3', 'new')
  t.same(await links(), ['TEST-2 new'])
  await rename('old', 'new')
  t.same([await card('old'), await card('new')], [cardOf('old'), cardOf('new')])
  t.same(await aliases(), ['old new'])
  await remove('TEST-2', 'old')
  t.same(await links(), [])
})

t.test('the card of a former key has its ETag, follows each push, and is unknown with its object', async t => {
  const { put, rename, ask, card, call, at } = await withObject('etags', 'TEST-1')
  await rename('old', 'Новый/"1"')
  const { etag } = (await ask('old')).headers
  t.equal((await ask('old', etag)).statusCode, 304)
  await put('Новый/"1"', 'Changed')
  const changed = await ask('old', etag)
  t.match(changed, { statusCode: 200, body: cardOf('old', 'Changed') })
  t.not(changed.headers.etag, etag)
  await call('DELETE', at('Новый/"1"'))
  t.equal(await card('old'), 404)
})

t.test('all former keys lead to the newest, until one is an object again', async t => {
  const { put, rename, card, aliases, links, remove, call, at } = await withObject('chains', 'TEST-1')
  await rename('old', 'b')
  await rename('b', 'c')
  t.same(await aliases(), ['b c', 'old c'])
  t.same([await card('old'), await card('b'), await card('c')], [cardOf('old'), cardOf('b'), cardOf('c')])
  const mirrored = { applicationId: 'chains', issueKey: 'TEST-1', remoteKey: 'old', generation: 2n }
  await prisma.linkMirror.create({ data: { ...mirrored, wanted: 'absent', agreed: 'linked' } })
  t.match((await call('GET', at('old'))).json(), {
    detail: 'The application chains has no object old: it was renamed to c.',
  })
  t.match((await call('GET', at('c'))).json().formerKeys, [
    { key: 'b', since: String, linksInTracker: null },
    { key: 'old', linksInTracker: 1 },
  ])
  await put('old', 'Another')
  t.same([await card('old'), await aliases()], [cardOf('old', 'Another'), ['b c']])
  await remove('TEST-1', 'old')
  t.same(await links(), ['TEST-1 c'], 'the link is not of the new object')
  await rename('c', 'b')
  t.same([await aliases(), await card('c'), await links()], [['c b'], cardOf('c'), ['TEST-1 b']])
})

t.test('a link that Tracker makes with a former key is of the present object', async t => {
  const { rename, create, links, call } = await withObject('new-links', 'TEST-1')
  await rename('old', 'new')
  t.equal((await create('TEST-2', 'nothing')).json().code, 'objects-unknown')
  const made = await create('TEST-2', 'old', 'new')
  t.match(made, { statusCode: 201 })
  t.match(made.json().links, [{ remoteKey: 'old', created: true }, { remoteKey: 'new' }])
  await create('TEST-3', 'old')
  t.same(await links(), ['TEST-1 new', 'TEST-2 new', 'TEST-3 new'])
  const events = await prisma.linkEvent.findMany({
    where: { applicationId: 'new-links', issueKey: 'TEST-3' },
    orderBy: { id: 'asc' },
  })
  t.same(
    events.map(({ kind, remoteKey, actorKind, actorLogin }) => [kind, remoteKey, actorKind, actorLogin]),
    [
      ['created', 'old', 'tracker', null],
      ['removed', 'old', 'application', 'rename'],
      ['created', 'new', 'application', 'rename'],
    ],
    'so that the mirror replaces it in Tracker',
  )
  // The application knows its keys.
  await call('POST', 'links', { issueKey: 'TEST-4', remoteKeys: ['old'] })
  t.same((await links()).at(-1), 'TEST-4 old')
  await call('DELETE', at('new'))
  t.equal((await create('TEST-5', 'old')).json().code, 'objects-unknown', 'there is no present object any more')
})

t.test('a removal by a former key removes no link that Tracker has under the present key', async t => {
  const { rename, remove, links } = await withObject('mirrored', 'TEST-1', 'TEST-2')
  const applicationId = 'mirrored'
  await rename('old', 'new')
  const mirror = (issueKey: string, remoteKey: string, more: object) =>
    prisma.linkMirror.create({
      data: {
        applicationId,
        issueKey,
        remoteKey,
        wanted: remoteKey === 'old' ? 'absent' : 'linked',
        generation: 2n,
        ...more,
      },
    })
  const set = (remoteKey: string, data: object) =>
    prisma.linkMirror.updateMany({ where: { applicationId, remoteKey }, data })
  await mirror('TEST-1', 'old', { agreed: 'linked', leaseToken: 'a' })
  await remove('TEST-1', 'old')
  await set('old', { leaseToken: null, inDoubt: true })
  await remove('TEST-1', 'old')
  await set('old', { agreed: 'absent', inDoubt: false })
  await remove('TEST-1', 'old')
  await set('old', { agreed: 'linked' })
  await mirror('TEST-1', 'new', { agreed: 'linked' })
  await remove('TEST-1', 'old')
  t.same(await links(), ['TEST-1 new', 'TEST-2 new'], 'the mirror removes the old one itself, or both are there')

  await set('new', { agreed: null })
  await remove('TEST-1', 'old')
  t.same(await links(), ['TEST-2 new'])
  t.match(
    log.findLast(line => line.msg === 'link removed'),
    { issueKey: 'TEST-1', remoteKey: 'new', formerKey: 'old' },
  )
  t.match(await prisma.linkMirror.findFirst({ where: { applicationId, remoteKey: 'old' } }), {
    agreed: 'absent',
    nextAt: null,
  })
  t.match(await prisma.linkEvent.findFirst({ where: { applicationId }, orderBy: { id: 'desc' } }), {
    kind: 'removed',
    actorKind: 'tracker',
  })
})

t.test('of two links that a removal may mean by former keys, none is removed', async t => {
  const { put, rename, create, links } = await withObject('two')
  await put('TEST-1', 'Like an issue')
  await create('OTHER-1', 'TEST-1')
  await create('TEST-1', 'OTHER-1')
  await put('OTHER-1', 'Like another')
  await rename('TEST-1', 'a')
  await rename('OTHER-1', 'b')
  const answer = await publicApp.inject({ method: 'DELETE', url: '/two/links/TEST-1/OTHER-1' })
  t.match(answer.json(), { code: 'link-ambiguous', errors: [{ hint: /DELETE/ }, { hint: /DELETE/ }] })
  t.equal((await links()).length, 2)
})

t.test('an issue that was moved is found, too', async t => {
  const { rename, remove, links } = await withObject('moved', 'NEW-1')
  await prisma.issueAlias.create({ data: { applicationId: 'moved', alias: 'TEST-1', issueKey: 'NEW-1', issueId: '1' } })
  await rename('old', 'new')
  await remove('TEST-1', 'old')
  t.same(await links(), [])
})

/** A session of its own, to hold what others wait for. */
async function session(t: Test): Promise<(statement: string) => Promise<unknown>> {
  const client = new Client({ connectionString: api.url })
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return statement => client.query(statement)
}

/** Until so many sessions wait for a lock. */
const untilBlocked = (count: number) =>
  until(async () => {
    const blocked = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`
    return (await runSql(api.url, blocked)).length === count
  })

/** Whoever renames waits here for the holder, when it has moved the links and not committed yet. */
const lastWait = (applicationId: string) => `pg_advisory_lock(hashtext('object_alias'), hashtext('${applicationId}'))`

t.test('a link that Tracker makes with the old key during the last step is of the present object', async t => {
  const { rename, create, links } = await withObject('late', 'TEST-1', 'TEST-2')
  const holder = await session(t)
  for (const [from, to] of [
    ['old', 'new'],
    ['new', 'old'],
  ] as const) {
    await holder(`SELECT ${lastWait('late')}`)
    const renamed = rename(from, to)
    await untilBlocked(1)
    // This one was not there when the links were read.
    t.equal((await create(`NEXT-${to === 'new' ? 1 : 2}`, from)).statusCode, 201)
    // And this one was deleted, and the deletion is not committed: the creation waits for it.
    const again = create('TEST-1', from)
    await untilBlocked(2)
    await holder('SELECT pg_advisory_unlock_all()')
    t.match(await renamed, { object: true })
    t.equal((await again).statusCode, 201)
    const others = to === 'new' ? ['NEXT-1 new'] : ['NEXT-1 old', 'NEXT-2 old']
    t.same(await links(), [...others, `TEST-1 ${to}`, `TEST-2 ${to}`])
  }
  const copy = await runSql(
    api.url,
    `SELECT issue_key FROM link_event WHERE application_id = 'late' GROUP BY issue_key, remote_key
     HAVING sum(CASE kind WHEN 'created' THEN 1 ELSE -1 END) <> CASE remote_key WHEN 'old' THEN 1 ELSE 0 END`,
  )
  t.same(copy, [], 'the events tell the same')
})

const insert = (issue: string) =>
  `INSERT INTO link (application_id, issue_key, remote_key) VALUES ('open', '${issue}', 'old')`

t.test(
  'a rename waits for whoever is writing a link with the old key, and a repeat does it if the first did not',
  async t => {
    const { call, links, aliases } = await withObject('open', 'TEST-1')
    const headers = { 'idempotency-key': 'rename-open' }
    const rename = () => api.call('POST', '/api/applications/open/objects/old/rename', { body: { to: 'new' }, headers })
    const writer = await session(t)
    await writer('BEGIN')
    await writer(insert('TEST-2'))
    const renamed = rename()
    await until(async () => (await aliases()).length > 0)
    t.same(await links(), ['TEST-1 new'])
    await writer('COMMIT')
    t.match((await renamed).json(), { object: true, links: 1 })
    t.same(await links(), ['TEST-1 new', 'TEST-2 new'])

    // As if the process had died after the commit.
    await writer(insert('TEST-3'))
    t.equal((await rename()).headers['idempotency-replayed'], 'true')
    t.same(await links(), ['TEST-1 new', 'TEST-2 new', 'TEST-3 new'])
    await call('PUT', at('old'), { summary: 'Another' })
    await writer(insert('TEST-4'))
    await rename()
    t.same((await links()).at(-1), 'TEST-4 old', 'which is of the new object')
  },
)

t.test('a link that follows a renaming goes to the key that the object has by then', async t => {
  const { rename, create, links } = await withObject('back', 'TEST-1')
  await rename('old', 'new')
  const holder = await session(t)
  await holder('BEGIN')
  await holder(`SELECT FROM object_alias WHERE application_id = 'back' FOR UPDATE`)
  const made = create('TEST-2', 'old')
  await untilBlocked(1)
  await holder(`UPDATE object_alias SET remote_key = 'newest' WHERE application_id = 'back'`)
  await holder('COMMIT')
  t.equal((await made).statusCode, 201)
  t.same(await links(), ['TEST-1 new', 'TEST-2 newest'])
})
