import t, { type Test } from 'tap'
import { createTrackerClient } from '../../src/tracker-client/create-tracker-client.ts'
import { type PlayedAnswer, type PlayedRequest, playedTracker } from '../support/played-tracker.ts'

type Access = Parameters<typeof createTrackerClient>[0]

/** A client, and the Tracker that it asks. */
async function clientOf(t: Test, answer: (request: PlayedRequest) => PlayedAnswer, more: Partial<Access> = {}) {
  const tracker = await playedTracker(t, answer)
  const client = createTrackerClient({
    url: tracker.url,
    kind: 'yandex360',
    id: '7',
    token: 'canary-tracker',
    scheme: 'OAuth',
    rate: { search: 1_000, other: 1_000 },
    ...more,
  })
  t.teardown(() => client.close())
  return { client, requests: tracker.requests }
}

const issue = (key: string) => ({ id: `id-${key}`, key })
const link = (id: number | string, more = {}) => ({
  self: 'https://api.tracker.yandex.net/v3/issues/TEST-1/remotelinks/51',
  id,
  type: { id: 'relates', inward: 'relates', outward: 'relates' },
  direction: 'outward',
  object: { id: '1', key: '1', application: { id: 'crm', type: 'crm', name: 'CRM' } },
  ...more,
})

t.test('a request carries the token, the one header of the organization, and its version', async t => {
  const { client, requests } = await clientOf(t, () => ({ body: [] }))
  await client.applications.list()
  t.match(requests[0], { method: 'GET', target: '/v3/applications', body: '' })
  t.match(requests[0]?.headers, { authorization: 'OAuth canary-tracker', 'x-org-id': '7', accept: 'application/json' })
  t.notOk(requests[0]?.headers['x-cloud-org-id'])
  t.notOk(requests[0]?.headers['content-type'], 'a request without a body names no type of it')

  const cloud = await clientOf(t, () => ({ body: [] }), { kind: 'cloud', scheme: 'Bearer', version: 'v2' })
  await cloud.client.applications.list()
  t.equal(cloud.requests[0]?.target, '/v2/applications')
  t.match(cloud.requests[0]?.headers, { authorization: 'Bearer canary-tracker', 'x-cloud-org-id': '7' })
  t.notOk(cloud.requests[0]?.headers['x-org-id'])
})

t.test('the address of the API may have a path, and keys are encoded', async t => {
  const tracker = await playedTracker(t, () => ({ body: [] }))
  const { client } = await clientOf(t, () => ({}), { url: `${tracker.url}/tracker/` })
  await client.remoteLinks.list('TEST-1/../x?y')
  t.equal(tracker.requests[0]?.target, '/tracker/v3/issues/TEST-1%2F..%2Fx%3Fy/remotelinks')
})

t.test('ids are strings with all their digits, whatever their form, and unknown fields are left out', async t => {
  const body = `[{"id": 9223372036854775807, "type": {"id": "relates"}, "new": 1, "createdAt": "2021-07-14T18:59:54.552+0000",
    "createdBy": {"id": 11, "display": "User One", "passportUid": 1130000000000000123, "new": 1},
    "object": {"id": "1", "key": 12345678901234567890, "application": {"id": "crm"}}}, ${JSON.stringify(link('52'))}]`
  const { client } = await clientOf(t, () => ({ body }))
  const [first, second] = await client.remoteLinks.list('TEST-1')
  t.same(first, {
    id: '9223372036854775807',
    type: { id: 'relates', inward: undefined, outward: undefined },
    direction: undefined,
    createdBy: { id: '11', display: 'User One', passportUid: '1130000000000000123', cloudUid: undefined },
    updatedBy: undefined,
    createdAt: new Date('2021-07-14T18:59:54.552Z'),
    updatedAt: undefined,
    object: { id: '1', key: '12345678901234567890', application: { id: 'crm', type: undefined, name: undefined } },
  })
  t.equal(second?.id, '52')
})

t.test('a body has moments in the form of Tracker, and uids as numbers with every digit', async t => {
  const answer = { ...link(1), object: { id: 'x', key: 'TEST-2', display: 'Two' } }
  const { client, requests } = await clientOf(t, () => ({ status: 201, body: answer }))
  await client.issueLinks.addImported('TEST-1', {
    relationship: 'is dependent by',
    issue: 'TEST-2',
    createdAt: new Date('2017-08-29T12:34:41.740Z'),
    createdBy: 9223372036854775807n,
    updatedAt: new Date('2017-08-29T12:34:41.740Z'),
    updatedBy: 'user1',
  })
  t.equal(requests[0]?.target, '/v3/issues/TEST-1/links/_import')
  t.equal(
    requests[0]?.body,
    '{"relationship":"is dependent by","issue":"TEST-2","createdAt":"2017-08-29T12:34:41.740+0000","createdBy":9223372036854775807,"updatedAt":"2017-08-29T12:34:41.740+0000","updatedBy":"user1"}',
  )
  t.equal(requests[0]?.headers['content-type'], 'application/json')
})

t.test('fields are changed by values and by commands, under a version', async t => {
  const { client, requests } = await clientOf(t, () => ({ body: issue('TEST-1') }))
  const changes = {
    type: 'bug',
    priority: { id: '2', key: 'minor' },
    parent: null,
    tags: [],
    followers: { add: ['user1'], remove: ['user2'] },
    components: { replace: [{ target: '1', replacement: '2' }] },
    status: { set: 'open' },
    deadline: new Date('2024-06-01T00:00:00.000Z'),
  }
  await client.issues.change('TEST-1', changes, { version: 3 })
  t.match(requests[0], { method: 'PATCH', target: '/v3/issues/TEST-1?version=3' })
  t.same(JSON.parse(requests[0]?.body ?? ''), { ...changes, deadline: '2024-06-01T00:00:00.000+0000' })
})

t.test('a list is read to its end, whichever way Tracker names the next page', async t => {
  const byLink = await clientOf(t, ({ target }) =>
    target.includes('page=2')
      ? { body: [link(2)] }
      : {
          body: [link(1)],
          headers: {
            link: '<http://elsewhere.example.com/v3/x?page=1>; rel="first", <http://elsewhere.example.com/v3/x?page=2&perPage=1>; rel="next"',
          },
        },
  )
  t.same(
    (await byLink.client.remoteLinks.list('TEST-1')).map(({ id }) => id),
    ['1', '2'],
  )
  t.same(
    byLink.requests.map(({ target }) => target),
    ['/v3/issues/TEST-1/remotelinks', '/v3/issues/TEST-1/remotelinks?page=2&perPage=1'],
    'only the query of the next page is taken: the token goes to no other address',
  )

  const byTotal = await clientOf(t, ({ target }) => ({
    body: [link(Number(/page=(\d)/.exec(target)?.[1] ?? 1))],
    headers: { 'X-Total-Pages': '3' },
  }))
  t.same(
    (await byTotal.client.remoteLinks.list('TEST-1')).map(({ id }) => id),
    ['1', '2', '3'],
  )

  const without = await clientOf(t, () => ({ body: [link(1)] }))
  t.equal((await without.client.remoteLinks.list('TEST-1')).length, 1)

  const circle = await clientOf(t, () => ({ body: [link(1)], headers: { link: '</v3/x?page=1>; rel="next"' } }))
  t.equal((await circle.client.remoteLinks.list('TEST-1')).length, 2, 'no page is asked for twice')
})

t.test('a search gives its pages, and ends at an empty one', async t => {
  const { client, requests } = await clientOf(t, ({ target }) => ({
    body: target.includes('page=2') ? [] : [issue('TEST-1'), issue('TEST-2')],
    headers: { 'X-Total-Pages': '5', 'X-Total-Count': '10' },
  }))
  const found: string[][] = []
  for await (const page of client.issues.search({ filter: { queue: 'TEST' }, order: ['-updated'] }, { perPage: 2 }))
    found.push(page.map(({ key }) => key))
  t.same(found, [['TEST-1', 'TEST-2'], []])
  t.same(
    requests.map(({ method, target }) => `${method} ${target}`),
    ['POST /v3/issues/_search?perPage=2', 'POST /v3/issues/_search?perPage=2&page=2'],
  )
  t.same(JSON.parse(requests[1]?.body ?? ''), { filter: { queue: 'TEST' }, order: ['-updated'] })
})

t.test('a scroll goes on with the id that it was given, and is cleared at its end', async t => {
  let scrolls = 0
  const { client, requests } = await clientOf(t, ({ target }) => {
    if (target.includes('_clear')) return {}
    const body = scrolls++ < 2 ? [issue(`TEST-${scrolls}`)] : []
    return { body, headers: { 'X-Scroll-Id': `s${scrolls}`, 'X-Scroll-Token': `t${scrolls}` } }
  })
  const found: string[] = []
  for await (const page of client.issues.scroll({ filter: { queue: 'TEST' } }, { perScroll: 1 }))
    found.push(...page.map(({ key }) => key))
  t.same(found, ['TEST-1', 'TEST-2'])
  const kind = 'scrollType=unsorted&perScroll=1&scrollTTLMillis=60000'
  t.same(
    requests.map(({ target }) => target),
    [
      `/v3/issues/_search?${kind}`,
      '/v3/issues/_search?scrollId=s1&scrollTTLMillis=60000',
      '/v3/issues/_search?scrollId=s2&scrollTTLMillis=60000',
      '/v3/system/search/scroll/_clear',
    ],
  )
  t.same(JSON.parse(requests[3]?.body ?? ''), { s1: 't1', s2: 't2', s3: 't3' })
})

t.test('an issue has its former keys, and a moved one both queues', async t => {
  const { client, requests } = await clientOf(t, () => ({
    body: {
      ...issue('NEW-1'),
      aliases: ['TEST-1'],
      version: 4,
      queue: { id: 2, key: 'NEW' },
      previousQueue: { id: '1', key: 'TEST', display: 'Test' },
      createdAt: '2021-07-14T18:59:54.552+0300',
    },
  }))
  t.match(await client.issues.get('TEST-1'), {
    key: 'NEW-1',
    aliases: ['TEST-1'],
    version: 4,
    createdAt: new Date('2021-07-14T15:59:54.552Z'),
  })
  t.match(await client.issues.move('TEST-1', 'NEW', { notify: false }), {
    queue: { id: '2', key: 'NEW' },
    previousQueue: { key: 'TEST' },
  })
  t.match(requests[1], { method: 'POST', target: '/v3/issues/TEST-1/_move?queue=NEW&notify=false' })
})

t.test('myself may be an object or a list of one', async t => {
  for (const wrap of [(user: unknown) => user, (user: unknown) => [user]]) {
    const { client } = await clientOf(t, () => ({
      body: wrap({ uid: 1130000000000000, login: 'user1', external: false }),
    }))
    t.match(await client.users.myself(), { uid: '1130000000000000', login: 'user1', external: false })
  }
})

t.test('an answer of another form is reported as not understood', async t => {
  for (const body of ['<html>', {}, [{}], [null], [link('')], [{ ...link(1), object: {} }], undefined]) {
    const { client } = await clientOf(t, () => ({ body }))
    await t.rejects(client.remoteLinks.list('TEST-1'), { failure: 'not-understood', message: /Check that `url`/ })
  }
})
