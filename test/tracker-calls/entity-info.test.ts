import t from 'tap'
import { type ObjectSource, SourceFailure } from '../../src/linked-objects/object-source.ts'
import type { ObjectInfo } from '../../src/tracker-contract/object-info.ts'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { testApp, testAppWith } from '../support/test-app.ts'
import { until } from '../support/until.ts'

const key = (text: string) => text as RemoteKey
const whole: ObjectInfo = {
  key: key('1234'),
  summary: 'Deploy',
  iconUrl: 'https://crm.example.com/open.svg',
  status: { name: 'Closed', description: 'Rolled out' },
  resolution: { name: 'Fixed' },
  assignee: { trackerUid: 9223372036854775807n, login: 'user1' },
  updated: new Date('2024-05-02T10:11:12.345Z'),
  deadline: new Date('2024-06-01T00:00:00Z'),
}

t.test('a stored object comes back as its card, every digit and every field', async t => {
  const { app, objects } = await testApp(t)
  await objects.put('crm', [whole, { key: key('5678'), summary: 'Short' }])

  const answer = await app.inject('/crm/objects/1234')
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  t.equal(answer.headers['cache-control'], 'private, no-cache')
  t.equal(
    answer.body,
    '{"key":"1234","summary":"Deploy","iconUrl":"https://crm.example.com/open.svg",' +
      '"status":{"name":"Closed","description":"Rolled out"},"resolution":{"name":"Fixed"},' +
      '"assignee":{"trackerUid":9223372036854775807,"login":"user1"},' +
      '"updated":"2024-05-02T10:11:12.345+0000","deadline":"2024-06-01T00:00:00.000+0000"}',
  )
  t.equal((await app.inject('/crm/objects/5678')).body, '{"key":"5678","summary":"Short"}')
})

t.test('a card that the caller has already is answered with 304, until it changes', async t => {
  const { app, objects } = await testApp(t)
  await objects.put('crm', [whole])
  const first = await app.inject('/crm/objects/1234')
  const etag = first.headers.etag as string
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await app.inject({ url: '/crm/objects/1234', headers: { 'if-none-match': known } })
    t.equal(again.statusCode, 304, known)
    t.equal(again.body, '')
    t.equal(again.headers.etag, etag)
  }
  await objects.put('crm', [{ ...whole, summary: 'Deployed' }])
  const changed = await app.inject({ url: '/crm/objects/1234', headers: { 'if-none-match': etag } })
  t.equal(changed.statusCode, 200)
  t.not(changed.headers.etag, etag)
})

t.test('HEAD answers as GET does, without the body', async t => {
  const { app, objects } = await testApp(t)
  await objects.put('crm', [whole])
  const get = await app.inject('/crm/objects/1234')
  const head = await app.inject({ method: 'HEAD', url: '/crm/objects/1234' })
  t.equal(head.statusCode, 200)
  t.equal(head.body, '')
  t.equal(head.headers.etag, get.headers.etag)
  t.equal(head.headers['content-length'], String(Buffer.byteLength(get.body)))
  t.equal((await app.inject({ method: 'HEAD', url: '/crm/objects/none' })).statusCode, 404)
})

t.test('an unknown object is 404 with a problem body', async t => {
  const { app } = await testApp(t)
  const answer = await app.inject('/crm/objects/none')
  t.equal(answer.statusCode, 404)
  t.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8')
  t.equal(answer.headers['cache-control'], 'no-store')
  t.match(answer.json(), { code: 'object-unknown', status: 404, detail: /none/, hint: String, requestId: String })
})

t.test('what is stored decides how an address is read, the plain reading first', async t => {
  const { app, objects } = await testApp(t)
  const summaryAt = async (address: string) => (await app.inject(`/crm/objects/${address}`)).json().summary

  await objects.put('crm', [
    { key: key('a b'), summary: 'space' },
    { key: key('x/y'), summary: 'slash' },
  ])
  t.equal(await summaryAt('a+b'), 'space')
  t.equal(await summaryAt('a%20b'), 'space')
  t.equal(await summaryAt('a%2520b'), 'space')
  t.equal(await summaryAt('x/y'), 'slash')
  t.equal(await summaryAt('x%2fy'), 'slash')
  await objects.put('crm', [{ key: key('a+b'), summary: 'plus' }])
  t.equal(await summaryAt('a+b'), 'plus')
  t.equal(await summaryAt('a%20b'), 'space')
})

t.test('objects of one application are not those of another', async t => {
  const { app, objects } = await testApp(t, { id: 'crm' }, { id: 'gitlab' })
  await objects.put('crm', [whole])
  t.equal((await app.inject('/crm/objects/1234')).statusCode, 200)
  t.equal((await app.inject('/gitlab/objects/1234')).statusCode, 404)
})

t.test('the last good card of a source that is away says so, in its text, its ETag and a header', async t => {
  const state = { isAway: false }
  const source: ObjectSource = {
    find: async asked => {
      if (state.isAway) throw new SourceFailure('away', 'It is away.')
      return asked === 'none' ? undefined : { ...whole, key: asked }
    },
    close: async () => {},
  }
  const cards = { budgetMilliseconds: 5_000, maxAgeSeconds: 0, staleWhileRevalidateSeconds: 0, unknownSeconds: 0 }
  const { app, prisma, log } = await testAppWith(t, new Map([['crm', source]]), { cards, unknownObjects: 'reject' })
  const fresh = await app.inject('/crm/objects/1234')
  t.match(fresh, { statusCode: 200, headers: { age: undefined } })
  t.equal(fresh.json().status.description, 'Rolled out')
  t.equal((await app.inject('/crm/objects/none')).statusCode, 404)
  const link = (remoteKey: string) =>
    app.inject({ method: 'POST', url: '/crm/links', payload: { issueKey: 'TEST-1', entityIds: [remoteKey] } })
  t.match(await link('none'), { statusCode: 422, body: /objects-unknown/ })
  await until(async () => (await prisma.linkedObject.count()) === 1)

  state.isAway = true
  const old = await app.inject('/crm/objects/1234')
  t.equal(old.statusCode, 200)
  t.match(old.headers.age, /^\d+$/)
  t.match(old.json().status.description, /^Rolled out \(as of \d{4}-\d\d-\d\d \d\d:\d\d UTC\)$/)
  t.equal(old.headers['cache-control'], 'private, no-cache')
  t.not(old.headers.etag, fresh.headers.etag)
  t.equal(old.body.replace(/ \(as of [^)]*\)/, ''), fresh.body)
  const known = await app.inject({ url: '/crm/objects/1234', headers: { 'if-none-match': old.headers.etag as string } })
  t.match(known, { statusCode: 304, headers: { age: /^\d+$/ } })
  const never = await app.inject('/crm/objects/5678')
  t.match(never.json(), { code: 'source-away', status: 503 })
  t.match(never.headers['retry-after'], /^\d+$/)
  t.equal((await link('5678')).statusCode, 201, 'an outage of the source keeps no link from being made')
  t.match(
    log.find(({ msg }) => /accepted without asking/.test(String(msg))),
    { level: 'warn', application: 'crm', reason: 'away' },
  )
})
