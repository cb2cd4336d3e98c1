import t from 'tap'
import { host, oldUser, playTracker, refused, userOne } from './play-tracker.ts'

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/
const openStatus = (version: string) => ({
  self: `${host}/${version}/statuses/1`,
  id: '1',
  key: 'open',
  display: 'Open',
})

/** A link to an object of the application. */
const wish = (key: string) => ({ relationship: 'relates', key, origin: 'crm' })

t.test('applications are listed as in the documents, under both versions', async t => {
  const { ask } = await playTracker(t)
  for (const version of ['v2', 'v3']) {
    const application = { self: `${host}/${version}/applications/crm`, id: 'crm', type: 'crm', name: 'Example CRM' }
    const { status, body } = await ask('GET', `/${version}/applications`)
    t.equal(status, 200)
    t.strictSame(body, [application], 'no fixed token, no address')
    t.strictSame((await ask('GET', `/${version}/applications/crm`)).body, application)
  }
  t.match(await ask('GET', '/v3/applications/none'), { status: 404 })
})

t.test('a remote link is added, listed and removed as in the documents', async t => {
  const { ask, called } = await playTracker(t)
  const wanted = { ...wish('1234'), relationship: 'RELATES' }
  const added = await ask('POST', '/v3/issues/TEST-1/remotelinks?backlink=true', wanted)
  const link = added.body as Record<string, string>
  t.equal(added.status, 201)
  t.strictSame(link, {
    self: `${host}/v3/issues/TEST-1/remotelinks/1`,
    id: 1,
    type: { self: `${host}/v3/linktypes/relates`, id: 'relates', inward: 'relates', outward: 'relates' },
    direction: 'outward',
    object: {
      self: `${host}/v3/applications/crm/objects/1234`,
      id: '1234',
      key: '1234',
      application: { self: `${host}/v3/applications/crm`, id: 'crm', type: 'crm', name: 'Example CRM' },
    },
    createdBy: userOne,
    updatedBy: userOne,
    createdAt: link.createdAt,
    updatedAt: link.updatedAt,
  })
  t.match(link.createdAt, moment)
  t.same(called, ['createLink crm TEST-1 1234'])

  const old = (await ask('GET', '/v2/issues/TEST-1/remotelinks')).body as (typeof link)[]
  t.equal(old.length, 1)
  t.equal(old[0]?.self, `${host}/v2/issues/TEST-1/remotelinks/1`)
  t.strictSame(
    old[0]?.createdBy,
    oldUser('v2', '1111111111111111', 'User One'),
    'the older documents know three fields',
  )
  t.strictSame((await ask('GET', '/v3/issues/TEST-1/remotelinks')).body, [link])
  t.strictSame((await ask('GET', '/v3/issues/TEST-1/remotelinks/1')).body, link)

  t.match(await ask('DELETE', '/v3/issues/TEST-2/remotelinks/1'), { status: 404 }, 'not through another issue')
  t.match(await ask('DELETE', '/v3/issues/TEST-1/remotelinks/1'), { status: 204, body: '' })
  t.match(await ask('DELETE', '/v3/issues/TEST-1/remotelinks/1'), { status: 404 })
  t.strictSame((await ask('GET', '/v3/issues/TEST-1/remotelinks')).body, [])
  t.same(called.slice(1), ['removeLink crm TEST-1 1234'])
  t.match((await ask('POST', '/v3/issues/TEST-1/remotelinks', wanted)).body, { id: 2 }, 'an id is never given again')
})

t.test(
  'an application is told of a link only if the request says so, and of a removal only if the setting says so',
  async t => {
    const { ask, called, world } = await playTracker(t)
    await ask('POST', '/v3/issues/TEST-1/remotelinks', wish('1'))
    await ask('POST', '/v3/issues/TEST-1/remotelinks?backlink=false', wish('2'))
    t.same(called, [])
    world.changeSettings({ removalCallsApplication: false })
    await ask('DELETE', '/v3/issues/TEST-1/remotelinks/1')
    t.same(called, [])
  },
)

t.test('the key of an object keeps case, slashes and letters of any language', async t => {
  const { ask } = await playTracker(t)
  for (const key of ['group/proj/-/merge_requests/7', 'Ёж %2F+ ?#', 'abc', 'ABC']) {
    const { status, body } = await ask('POST', '/v2/issues/TEST-1/remotelinks', {
      relationship: 'relates',
      key,
      origin: 'crm',
    })
    t.match({ status, body }, { status: 201, body: { object: { id: key, key } } })
    const address = new URL((body as { object: { self: string } }).object.self)
    t.equal(decodeURIComponent(address.pathname), `/v2/applications/crm/objects/${key}`)
  }
})

t.test('an invalid remote link is refused with every field that is wrong', async t => {
  const { ask, world } = await playTracker(t)
  const add = (body: unknown) => ask('POST', '/v3/issues/TEST-1/remotelinks', body)
  t.match(await add({}), refused(422, { relationship: /required/, key: /required/, origin: /required/ }))
  t.match(
    await add({ relationship: 'relates', key: 5, origin: 'gone' }),
    refused(422, { key: /not a string/, origin: /gone/ }),
  )
  t.match(
    await add({ relationship: 'constructor', key: '1', origin: 'crm' }),
    refused(422, { relationship: /relates, / }),
  )
  t.match(await add({ ...wish('\ud800') }), refused(422, { key: /half of a surrogate pair/ }))
  t.match(await add('{"relationship"'), refused(400, {}, [/not valid JSON/]))
  t.match(await add([1]), refused(400, {}, [/not a JSON object/]))
  t.match(await ask('POST', '/v3/issues/TEST-99/remotelinks', {}), refused(404, {}, [/TEST-99/]))

  t.match(await add(wish('1')), { status: 201 })
  t.match(await add({ ...wish('1'), relationship: 'RELATES' }), { status: 422 }, 'again, in other letters')
  world.changeSettings({ repeatedLink: 'conflict' })
  t.match(await add(wish('1')), { status: 409 })
  world.changeSettings({ repeatedLink: 'duplicate' })
  t.match(await add(wish('1')), { status: 201, body: { id: 2 } })
})

t.test('links between issues read from both sides, for each of the nine relationships', async t => {
  const { ask } = await playTracker(t)
  const link = (relationship: string, from: string, issue: string) =>
    ask('POST', `/v3/issues/${from}/links`, { relationship, issue })
  const expected: [string, string, 'outward' | 'inward', string, string][] = [
    ['relates', 'relates', 'outward', 'TEST-1', 'TEST-2'],
    ['is dependent by', 'depends', 'inward', 'TEST-1', 'TEST-2'],
    ['depends on', 'depends', 'outward', 'TEST-1', 'TEST-2'],
    ['is subtask for', 'subtask', 'inward', 'TEST-1', 'TEST-2'],
    ['is parent task for', 'subtask', 'outward', 'TEST-1', 'TEST-2'],
    ['duplicates', 'duplicates', 'outward', 'TEST-1', 'TEST-2'],
    ['is duplicated by', 'duplicates', 'inward', 'TEST-1', 'TEST-2'],
    ['is epic of', 'epic', 'outward', 'TEST-4', 'TEST-1'],
    ['has epic', 'epic', 'inward', 'TEST-2', 'TEST-4'],
  ]
  for (const [relationship, id, direction, from, to] of expected) {
    const added = await link(relationship, from, to)
    t.match(added, { status: 201, body: { type: { id }, direction, object: { key: to } } }, relationship)
    const number = (added.body as { id: number }).id
    const back = direction === 'outward' ? 'inward' : 'outward'
    t.match(await ask('GET', `/v3/issues/${to}/links/${number}`), {
      body: { type: { id }, direction: back, object: { key: from } },
    })
    if (relationship !== 'relates' && !relationship.includes('epic'))
      t.match(await ask('DELETE', `/v3/issues/${to}/links/${number}`), { status: 204 })
  }
  t.match(await link('relates', 'TEST-2', 'TEST-1'), { status: 422 }, 'the same link from the other side')
  t.match(await link('has epic', 'TEST-1', 'TEST-2'), refused(422, { relationship: /Epic/ }))
  t.match(await link('relates', 'TEST-1', 'TEST-1'), { status: 422 })
  t.match(await link('clone', 'TEST-1', 'TEST-2'), refused(422, { relationship: /imported/ }))
  t.match(await link('relates', 'TEST-1', 'TEST-99'), { status: 404 })
})

const numbered = (uid: string) => ({
  uid,
  login: `user${uid}`,
  display: `User ${uid}`,
  firstName: 'User',
  lastName: uid,
  email: '',
  cloudUid: `aje${uid}`,
  admin: true,
  robot: false,
})
/** How this user is printed. */
const shown = (uid: string) => ({
  ...oldUser('v3', uid, `User ${uid}`),
  cloudUid: `aje${uid}`,
  passportUid: Number(uid),
})

t.test('an imported link is answered as in the documents', async t => {
  const users = ['11', '12'].map(numbered)
  const issue = { createdAt: '2017-06-11T05:16:01.421+0000', updatedAt: '2018-01-01T00:00:00.000+0000' }
  const { ask } = await playTracker(t, {
    users,
    queues: ['JUNE', 'TREK'].map((key, at) => ({ id: `${at + 1}`, key, name: key, lastNumber: at === 0 ? 1 : 9843 })),
    issues: [
      { queue: 'JUNE', summary: 'the parent', ...issue },
      { queue: 'TREK', summary: 'subtask', assignee: '11', ...issue },
    ],
  })
  const { status, body } = await ask('POST', '/v3/issues/JUNE-2/links/_import', {
    relationship: 'is parent task for',
    issue: 'TREK-9844',
    createdAt: '2017-06-11T05:16:01.421+0000',
    createdBy: 11,
    updatedAt: '2017-09-07T14:24:31.140+0300',
    updatedBy: 'user12',
  })
  t.equal(status, 200)
  t.strictSame(body, {
    self: `${host}/v3/issues/JUNE-2/links/1`,
    id: 1,
    type: { self: `${host}/v3/linktypes/subtask`, id: 'subtask', inward: 'Sub-issue', outward: 'Parent issue' },
    direction: 'outward',
    object: {
      self: `${host}/v3/issues/TREK-9844`,
      id: (body as { object: { id: string } }).object.id,
      key: 'TREK-9844',
      display: 'subtask',
    },
    createdBy: shown('11'),
    updatedBy: shown('12'),
    createdAt: '2017-06-11T05:16:01.421+0000',
    updatedAt: '2017-09-07T11:24:31.140+0000',
    assignee: shown('11'),
    status: openStatus('v3'),
  })
})

const lasting = (createdAt: string, updatedAt: string) => ({ queue: 'TEST', summary: 'Old', createdAt, updatedAt })

t.test('an import keeps its rules', async t => {
  const { ask, world } = await playTracker(t, {
    issues: [
      lasting('2017-01-01T00:00:00.000+0000', '2017-12-31T00:00:00.000+0000'),
      lasting('2017-06-01T00:00:00.000+0000', '2018-12-31T00:00:00.000+0000'),
    ],
    tokens: [
      { token: 'canary-one', login: 'user1' },
      { token: 'canary-two', login: 'user2' },
    ],
  })
  const good = {
    relationship: 'relates',
    issue: 'TEST-2',
    createdAt: '2017-06-01T00:00:00.000+0000',
    createdBy: 'user1',
  }
  const send = (body: object, token = 'canary-one', version = 'v3') =>
    ask('POST', `/${version}/issues/TEST-1/links/_import`, body, { authorization: `OAuth ${token}` })
  const faults: [object, object][] = [
    [{ createdAt: '2017-05-31T23:59:59.999+0000' }, { createdAt: /outside/ }],
    [{ createdAt: '2017-12-31T00:00:00.001+0000' }, { createdAt: /outside/ }],
    [{ createdAt: '2017-06-01T00:00:00.000Z' }, { createdAt: /not YYYY/ }],
    [{ createdAt: '2017-06-01T00:00:00.000+00:00' }, { createdAt: /not YYYY/ }],
    [{ createdAt: '2017-06-31T00:00:00.000+0000' }, { createdAt: /not YYYY/ }],
    [{ createdAt: 5 }, { createdAt: /not a string/ }],
    [{ createdBy: '1111111111111111' }, { createdBy: /does not exist/ }],
    [{ createdBy: 5 }, { createdBy: /does not exist/ }],
    [{ createdBy: null }, { createdBy: /required/ }],
    [{ createdBy: [1] }, { createdBy: /neither/ }],
    [{ updatedAt: '2017-07-01T00:00:00.000+0000' }, { updatedBy: /together/ }],
    [{ updatedBy: 'user1' }, { updatedAt: /together/ }],
    [{ updatedAt: '2018-01-01T00:00:00.000+0000', updatedBy: 'user1' }, { updatedAt: /outside/ }],
    [
      { createdAt: '2017-07-01T00:00:00.000+0000', updatedAt: '2017-06-02T00:00:00.000+0000', updatedBy: 'user1' },
      { updatedAt: /before/ },
    ],
    [{ relationship: 'RELATED' }, { relationship: /not a relationship/ }],
    [{ relationship: 'is epic of' }, { relationship: /Epic/ }],
    [{ issue: undefined }, { issue: /required/ }],
  ]
  for (const [change, errors] of faults)
    t.match(await send({ ...good, ...change }), refused(422, errors as never), JSON.stringify(change))
  t.match(await send({ ...good, issue: 'TEST-9' }), { status: 404 })
  t.match(await send(good, 'canary-two'), refused(403, {}, [/administrator/]))
  t.match(world.issueLinksOf(world.issues()[0] as never), [])

  t.match(await send(good, 'canary-two', 'v2'), { status: 200 }, 'the older documents ask for no administrator')
  t.match(await send(good), { status: 422 }, 'the same again')
  world.changeSettings({ importStatus: 201 })
  for (const relationship of [
    'clone',
    'original',
    'is dependent by',
    'depends on',
    'is subtask for',
    'is parent task for',
  ])
    t.match(await send({ ...good, relationship }), { status: 201 }, relationship)
})
