import t from 'tap'
import { host, oldUser, playTracker, refused, userOne, userTwo } from './play-tracker.ts'

t.test('an issue is answered by key in either case, by id, and by a former key', async t => {
  const { ask } = await playTracker(t)
  const { body } = await ask('GET', '/v2/issues/TEST-2')
  const issue = body as Record<string, string>
  t.strictSame(issue, {
    self: `${host}/v2/issues/TEST-2`,
    id: issue.id,
    key: 'TEST-2',
    version: 1,
    summary: 'Invoices are sent twice',
    type: { self: `${host}/v2/issuetypes/1`, id: '1', key: 'bug', display: 'Bug' },
    priority: { self: `${host}/v2/priorities/3`, id: '3', key: 'normal', display: 'Medium' },
    status: { self: `${host}/v2/statuses/2`, id: '2', key: 'inProgress', display: 'In progress' },
    queue: { self: `${host}/v2/queues/TEST`, id: '1', key: 'TEST', display: 'Test queue' },
    createdAt: '2017-06-11T05:16:01.421+0000',
    createdBy: oldUser('v2', '1111111111111111', 'User One'),
    updatedAt: issue.updatedAt,
    updatedBy: oldUser('v2', '1111111111111111', 'User One'),
    assignee: oldUser('v2', '1111111111111112', 'User Two'),
    votes: 0,
    favorite: false,
  })
  t.match(issue.id ?? '', /^[0-9a-f]{24}$/)

  const moved = await ask('POST', '/v2/issues/TEST-2/_move?queue=NEW&notify=false&expand=transitions')
  t.match(moved, {
    status: 200,
    body: {
      self: `${host}/v2/issues/NEW-1`,
      id: issue.id,
      key: 'NEW-1',
      version: 2,
      aliases: ['TEST-2'],
      previousQueue: { self: `${host}/v2/queues/TEST`, id: '1', key: 'TEST', display: 'Test queue' },
      queue: { key: 'NEW' },
      status: { key: 'inProgress' },
      transitions: [],
    },
  })
  for (const name of ['test-2', 'TEST-2', 'New-1', `${issue.id}`])
    t.match(
      await ask('GET', `/v3/issues/${name}?expand=`),
      { status: 200, body: { key: 'NEW-1', aliases: ['TEST-2'] } },
      name,
    )
  t.match(await ask('GET', '/v3/issues/TEST-20'), refused(404, {}, [/TEST-20/]))
})

t.test('a moved issue keeps its links, and search finds its new key only', async t => {
  const { ask, called } = await playTracker(t)
  await ask('POST', '/v3/issues/TEST-1/remotelinks', { relationship: 'relates', key: '1', origin: 'crm' })
  await ask('POST', '/v3/issues/TEST-1/_move?queue=PROD&initialStatus=true', { summary: 'Moved' })
  t.match((await ask('GET', '/v3/issues/TEST-1/remotelinks')).body, [
    { self: `${host}/v3/issues/PROD-3/remotelinks/1` },
  ])
  t.strictSame((await ask('POST', '/v3/issues/_search', { keys: 'TEST-1' })).body, [])
  t.match((await ask('POST', '/v3/issues/_search', { keys: ['PROD-3'] })).body, [{ key: 'PROD-3', summary: 'Moved' }])
  t.match((await ask('POST', '/v3/issues/_search', { query: '"Old Queue": TEST' })).body, [{ key: 'PROD-3' }])
  await ask('DELETE', '/v3/issues/TEST-1/remotelinks/1')
  t.same(called, ['removeLink crm PROD-3 1'], 'the application is told the new key')

  t.match(await ask('POST', '/v3/issues/TEST-2/_move?queue=TEST'), { status: 422 })
  t.match(await ask('POST', '/v3/issues/TEST-2/_move?queue=NONE'), { status: 404 })
  t.match(await ask('POST', '/v3/issues/TEST-2/_move'), { status: 400 })
  await ask('POST', '/v3/issues/TEST-1/_move?queue=TEST')
  t.match((await ask('GET', '/v3/issues/TEST-1')).body, { key: 'TEST-6', aliases: ['TEST-1', 'PROD-3'] })
})

t.test('an issue is edited in every form of the general request format', async t => {
  const { ask } = await playTracker(t)
  const edit = (body: unknown, url = '/v2/issues/TEST-1') => ask('PATCH', url, body)
  t.match(
    await edit({
      summary: 'New issue name',
      description: 'New issue description',
      type: { id: '1', key: 'bug' },
      priority: { id: '2', key: 'minor' },
    }),
    {
      status: 200,
      body: {
        version: 2,
        summary: 'New issue name',
        description: 'New issue description',
        type: { id: '1', key: 'bug' },
        priority: { id: '2', key: 'minor' },
      },
    },
  )
  for (const type of [1, 'bug', { id: '1' }, { name: 'Bug' }, { set: 'bug' }, { set: { key: 'bug' } }]) {
    await edit({ type: 'task' })
    t.match(await edit({ type }), { status: 200, body: { type: { key: 'bug' } } }, JSON.stringify(type))
  }
  const [one, two] = [{ id: '1111111111111111' }, { id: '1111111111111112' }]
  const followers = async (value: unknown) =>
    ((await edit({ followers: value })).body as { followers?: unknown }).followers
  t.match(await followers({ add: ['user1', 'user2'] }), [one, two])
  t.match(await followers({ add: 'user2', remove: ['user1'] }), [two])
  t.match(await followers({ replace: [{ target: 'user2', replacement: 1111111111111111 }] }), [one])
  t.match(await followers({ set: ['user2'] }), [two])
  t.match(await followers(['user1', { id: '1111111111111112' }]), [one, two])
  t.equal(await followers(null), undefined)
  t.match((await edit({ tags: ['a', 'b'], assignee: null, deadline: '2024-06-01' })).body, {
    tags: ['a', 'b'],
    deadline: '2024-06-01',
  })
  t.notOk('assignee' in ((await edit({ description: null })).body as object))
  t.match(
    await edit({ type: { id: '1', key: 'task' }, assignee: 'nobody', tags: { plus: ['c'] }, colour: 'red' }),
    refused(422, { type: /bug, task/, assignee: /nobody/, tags: /plus/, colour: /not a field/ }),
  )
})

t.test('an edit that names an old version is refused', async t => {
  const { ask, world } = await playTracker(t)
  await ask('PATCH', '/v3/issues/TEST-1', { summary: 'Second' })
  const edit = (url: string, headers = {}) => ask('PATCH', url, { summary: 'Third' }, headers)
  t.match(await edit('/v3/issues/TEST-1?version=1'), { status: 409 })
  t.match(await edit('/v3/issues/TEST-1', { 'if-match': '"1"' }), { status: 412 })
  t.match(await edit('/v3/issues/TEST-1?version=two'), { status: 400 })
  t.match(await edit('/v3/issues/TEST-1?version=2'), { status: 200, body: { version: 3 } })
  t.match(await edit('/v3/issues/TEST-1', { 'if-match': '"3"' }), { status: 200, body: { version: 4 } })
  world.changeSettings({ versionRequired: true })
  t.match(await edit('/v3/issues/TEST-1'), refused(428, {}, [/If-Match/]))
})

t.test('an issue at the highest version is closed for editing', async t => {
  const { ask, world } = await playTracker(t, { issues: [{ queue: 'TEST', summary: 'Old', version: 11_099 }] })
  t.match(await ask('PATCH', '/v3/issues/TEST-1', { summary: 'Last' }), { status: 200, body: { version: 11_100 } })
  t.match(await ask('PATCH', '/v3/issues/TEST-1', { summary: 'More' }), refused(423, {}, [/11100/]))
  t.match(await ask('POST', '/v3/issues/TEST-1/_move?queue=NEW'), { status: 423 })
  const wish = { relationship: 'relates', key: '1', origin: 'crm' }
  t.match(await ask('POST', '/v3/issues/TEST-1/remotelinks', wish), { status: 201 })
  world.changeSettings({ linksRaiseVersion: true })
  t.match(await ask('POST', '/v3/issues/TEST-1/remotelinks', { ...wish, key: '2' }), { status: 423 })
  t.match((await ask('GET', '/v3/issues/TEST-1/remotelinks')).body, { length: 1 })
})

t.test('issues are created as in the documents, and imported with their own moments', async t => {
  const { ask } = await playTracker(t)
  const wish = {
    queue: 'TEST',
    summary: 'Test Issue',
    parent: 'TEST-2',
    type: 'bug',
    assignee: 'user2',
    attachmentIds: [55, 56],
  }
  t.match(await ask('POST', '/v2/issues/', wish), {
    status: 201,
    body: {
      key: 'TEST-6',
      version: 1,
      type: { key: 'bug' },
      assignee: { display: 'User Two' },
      parent: { key: 'TEST-2' },
    },
  })
  t.match((await ask('GET', '/v2/issues/TEST-6/links')).body, [
    { type: { id: 'subtask' }, direction: 'inward', object: { key: 'TEST-2' } },
  ])
  const story = { createdAt: '2017-08-29T12:34:41.740+0300', createdBy: 'user2' }
  t.match(await ask('POST', '/v3/issues/_import', { queue: { key: 'TEST' }, summary: 'Old', ...story }), {
    status: 201,
    body: {
      key: 'TEST-7',
      createdAt: '2017-08-29T09:34:41.740+0000',
      updatedAt: '2017-08-29T09:34:41.740+0000',
      createdBy: userTwo,
    },
  })
  const once = { queue: 'TEST', summary: 'Once', unique: 'order 5' }
  t.match(await ask('POST', '/v3/issues', once), { status: 201, body: { key: 'TEST-8' } })
  t.match(await ask('POST', '/v3/issues', once), { status: 409 })
  t.match(await ask('POST', '/v3/issues/_findByUnique?unique=order%205'), { status: 200, body: { key: 'TEST-8' } })
  t.match(await ask('POST', '/v3/issues/_findByUnique?unique=other'), { status: 404 })
  t.match(await ask('GET', '/v3/issues/TEST-8/comments'), { status: 200, body: [] })
  t.match(await ask('POST', '/v3/issues', {}), refused(422, { summary: /required/, queue: /required/ }))
})

t.test('search follows pages, counts, and takes criteria as clients send them', async t => {
  const issues = Array.from({ length: 12 }, (_, at) => ({
    queue: at < 10 ? 'TEST' : 'NEW',
    summary: `Issue ${at + 1}`,
  }))
  const { ask } = await playTracker(t, { issues })
  const find = (body: unknown, query = '') => ask('POST', `/v3/issues/_search${query}`, body)
  const keys = async (body: unknown, query = '') =>
    ((await find(body, query)).body as { key: string }[]).map(({ key }) => key)
  const nulls = { keys: null, filter: null, query: null, queue: null, order: null, filterId: null }

  const second = await find({ ...nulls, filter: { queue: 'TEST', assignee: null }, order: '-key' }, '?perPage=4&page=2')
  t.match(second, { status: 200, body: [{ key: 'TEST-6' }, { key: 'TEST-5' }, { key: 'TEST-4' }, { key: 'TEST-3' }] })
  t.match(second.headers, { 'x-total-count': '10', 'x-total-pages': '3' })
  const address = `${host}/v3/issues/_search?perPage=4`
  t.equal(
    second.headers.link,
    `<${address}&page=1>; rel="first", <${address}&page=3>; rel="next", <${address}{&page}>; rel="seek"`,
  )
  const last = await find({ filter: { queue: 'TEST' } }, '?perPage=4&page=3')
  t.match(last.body, { length: 2 })
  t.notMatch(last.headers.link, 'rel="next"')
  t.same(await keys({ queue: 'TEST' }, '?perPage=2&page=6'), [], 'past the end')
  t.equal((await keys(nulls)).length, 12, 'no criteria find all')

  t.same(await keys({ queue: 'NEW' }), ['NEW-1', 'NEW-2'])
  t.same(await keys({ keys: 'test-10' }), ['TEST-10'])
  t.same(await keys({ keys: ['NEW-1', 'TEST-1', 'NONE-1'] }), ['TEST-1', 'NEW-1'], 'by name, as the documents say')
  t.same(await keys({ query: 'Queue: NEW "Sort by": Key DESC' }), ['NEW-2', 'NEW-1'])
  t.same(await keys({ query: 'Summary: "Issue 12" AND Assignee: empty()' }), ['NEW-2'])
  t.same(
    await keys({ filter: { queue: { key: 'NEW' }, author: 'me()', assignee: 'Empty()' }, order: ['+staus', '-key'] }),
    ['NEW-2', 'NEW-1'],
  )
  t.same(await keys({ query: 'epic: notEmpty() Queue: TEST "Sort by": Updated DESC' }), [])
  t.strictSame((await ask('POST', '/v2/issues/_count', { filter: { queue: 'TEST' } })).body, 10)

  t.match(
    await find({ queue: 'TEST', keys: ['TEST-1'] }),
    refused(400, {}, ['You can only use keys, a queue, or a search query']),
  )
  t.match(await find({ query: 'Queue TEST OR' }), { status: 400 })
  t.match(await find({ filter: { colour: 'red' } }), { status: 400 })
  t.match(await find({ queue: 'NONE' }), { status: 404 })
  for (const query of ['?perPage=0', '?page=-1', '?perPage=x']) t.match(await find({}, query), { status: 400 }, query)
})

t.test('search scrolls through a snapshot', async t => {
  const issues = Array.from({ length: 5 }, (_, at) => ({ queue: 'TEST', summary: `Issue ${at + 1}` }))
  const { ask } = await playTracker(t, { issues })
  const body = { filter: { queue: 'TEST' }, order: '+key' }
  const first = await ask('POST', '/v3/issues/_search?scrollType=sorted&perScroll=2&scrollTTLMillis=10000', body)
  t.match(first, { status: 200, body: [{ key: 'TEST-1' }, { key: 'TEST-2' }], headers: { 'x-total-count': '5' } })
  await ask('POST', '/v3/issues/TEST-3/_move?queue=NEW')
  const found: string[] = []
  let headers = first.headers
  while (headers['x-scroll-id']) {
    const next = /<([^>]*)>; rel="next"/.exec(`${headers.link}`)?.[1]
    t.equal(new URL(`${next}`).searchParams.get('scrollId'), headers['x-scroll-id'])
    const page = await ask('POST', `${next}`.replace(host, ''), body)
    found.push(...(page.body as { key: string }[]).map(({ key }) => key))
    headers = page.headers
  }
  t.same(found, ['NEW-1', 'TEST-4', 'TEST-5'], 'what was found is told, though it matches no more')
  const backwards = { filter: { queue: 'TEST' }, order: '-key' }
  for (const [type, key] of [
    ['sorted', 'TEST-5'],
    ['unsorted', 'TEST-1'],
  ] as const)
    t.match((await ask('POST', `/v3/issues/_search?scrollType=${type}`, backwards)).body, [{ key }, {}, {}, {}], type)
  t.match(
    await ask('POST', '/v3/issues/_search?scrollType=sorted', { queue: 'TEST' }),
    refused(400, {}, ['Scroll is not supported']),
  )
  t.match(await ask('POST', '/v3/issues/_search?scrollType=sorted&perScroll=1001', body), { status: 400 })
  t.match(await ask('POST', '/v3/system/search/scroll/_clear', { [`${first.headers['x-scroll-id']}`]: 'token' }), {
    status: 200,
  })
  t.match(await ask('POST', `/v3/issues/_search?scrollId=${first.headers['x-scroll-id']}`, body), { status: 404 })
})

t.test('the changelog tells of moves and links between issues, page by page', async t => {
  const { ask } = await playTracker(t)
  await ask('PATCH', '/v3/issues/TEST-1', { followers: ['user2'] })
  await ask('POST', '/v3/issues/TEST-1/links', { relationship: 'relates', issue: 'TEST-2' })
  await ask('POST', '/v3/issues/TEST-1/remotelinks', { relationship: 'relates', key: '1', origin: 'crm' })
  await ask('POST', '/v3/issues/TEST-1/_move?queue=NEW')
  await ask('DELETE', '/v3/issues/TEST-2/links/1')
  const types = async (query: string) =>
    ((await ask('GET', `/v3/issues/TEST-1/changelog${query}`)).body as { type: string }[]).map(({ type }) => type)
  t.same(await types(''), ['IssueCreated', 'IssueUpdated', 'IssueLinked', 'IssueMoved', 'IssueUnlinked'])
  t.same(await types('?type=IssueMoved'), ['IssueMoved'])
  const { body, headers } = await ask('GET', '/v3/issues/TEST-1/changelog?perPage=2')
  const entries = body as { id: string }[]
  t.match(headers.link, `changelog?perPage=2&id=${entries[1]?.id}>; rel="next"`)
  t.same(await types(`?perPage=2&id=${entries[1]?.id}`), ['IssueLinked', 'IssueMoved'])
  t.match(entries[1], {
    self: `${host}/v3/issues/NEW-1/changelog/${entries[1]?.id}`,
    issue: { key: 'NEW-1', display: 'Deploy the service to production' },
    updatedBy: userOne,
    transport: 'api',
    fields: [{ field: { self: `${host}/v3/fields/followers`, id: 'followers' }, from: null, to: [userTwo] }],
  })
})

t.test('every `self` can be followed', async t => {
  const { ask } = await playTracker(t)
  await ask('POST', '/v2/issues/TEST-1/links', { relationship: 'relates', issue: 'TEST-2' })
  await ask('POST', '/v2/issues/TEST-1/remotelinks', { relationship: 'relates', key: '1', origin: 'crm' })
  const seen = new Set<string>()
  const follow = async (body: unknown): Promise<void> => {
    if (typeof body !== 'object' || body === null) return
    for (const [name, value] of Object.entries(body)) {
      if (name !== 'self') await follow(value)
      else if (!seen.has(value) && !value.includes('/objects/')) {
        seen.add(value)
        const answer = await ask('GET', value.replace(host, ''))
        t.match(answer, { status: 200, body: { self: value } }, value)
        await follow(answer.body)
      }
    }
  }
  for (const url of [
    '/v2/issues/TEST-1',
    '/v2/issues/TEST-1/links',
    '/v2/issues/TEST-1/remotelinks',
    '/v2/fields/',
    '/v2/queues',
  ])
    await follow((await ask('GET', url)).body)
  t.ok(seen.size > 20)
})
