import t from 'tap'
import { moveMostLinks } from '../../src/storage/objects/rename-object.ts'
import { testApi } from '../support/test-api.ts'

/** An application for each test, of one server. */
const ids = ['steps', 'etags', 'chains', 'new-links', 'mirrored', 'two', 'moved'] as const
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
