import t from 'tap'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { type TestApp, testApp } from '../support/test-app.ts'

const create = ({ app }: TestApp, payload: object | string, headers = {}) =>
  app.inject({
    method: 'POST',
    url: '/crm/links',
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  })

const stored = async ({ prisma }: TestApp) =>
  (await prisma.link.findMany({ orderBy: [{ issueKey: 'asc' }, { remoteKey: 'asc' }] })).map(
    link => `${link.issueKey} ${link.remoteKey}`,
  )

t.test('new links are 201, the same again is 200, and each is told', async t => {
  const test = await testApp(t)
  const first = await create(test, { issueKey: 'TEST-123', entityIds: ['1234', '5678'] })
  t.equal(first.statusCode, 201)
  t.strictSame(first.json(), {
    issueKey: 'TEST-123',
    links: [
      { remoteKey: '1234', created: true },
      { remoteKey: '5678', created: true },
    ],
  })
  const second = await create(test, { issueKey: 'test-123', entityIds: ['9', '1234', '9', 5678], extra: true })
  t.equal(second.statusCode, 201)
  t.strictSame(second.json(), {
    issueKey: 'TEST-123',
    links: [
      { remoteKey: '9', created: true },
      { remoteKey: '1234', created: false },
      { remoteKey: '5678', created: false },
    ],
  })
  t.equal((await create(test, { issueKey: 'TEST-123', entityIds: ['1234'] })).statusCode, 200)
  t.same(await stored(test), ['TEST-123 1234', 'TEST-123 5678', 'TEST-123 9'])
  const events = await test.prisma.linkEvent.findMany({ orderBy: { id: 'asc' } })
  t.same(
    events.map(event => [event.kind, event.issueKey, event.remoteKey, event.actorKind]),
    ['1234', '5678', '9'].map(remoteKey => ['created', 'TEST-123', remoteKey, 'tracker']),
  )
})

t.test('keys are stored exactly as they came', async t => {
  const test = await testApp(t)
  const keys = [
    ' a',
    'a ',
    'é',
    'e\u0301',
    'group/project/-/merge_requests/7',
    '100%',
    'Договор № 15',
    '😀',
    '\u202e',
    "'; --",
    '\t',
  ]
  t.equal((await create(test, { issueKey: 'TEST-1', entityIds: keys })).statusCode, 201)
  const links = await test.prisma.link.findMany()
  t.strictSame(links.map(link => link.remoteKey).sort(), keys.toSorted())
})

t.test('whole numbers are kept by their own digits', async t => {
  const test = await testApp(t)
  t.equal((await create(test, '{"issueKey":"TEST-1","entityIds":[9007199254740993]}')).statusCode, 201)
  t.same(await stored(test), ['TEST-1 9007199254740993'])
})

t.test('100 equal calls in parallel make one link and one event', async t => {
  const test = await testApp(t)
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => create(test, { issueKey: 'TEST-1', entityIds: ['b', 'a'] })),
  )
  t.equal(answers.filter(answer => answer.statusCode === 201).length, 1)
  t.equal(answers.filter(answer => answer.statusCode === 200).length, 99)
  t.equal(await test.prisma.link.count(), 2)
  t.equal(await test.prisma.linkEvent.count(), 2)
})

t.test('calls with the same keys in opposite orders do not block each other', async t => {
  const test = await testApp(t)
  const keys = Array.from({ length: 1_000 }, (_, index) => `k${index}`)
  const answers = await Promise.all(
    [keys, keys.toReversed(), keys, keys.toReversed()].map(entityIds =>
      create(test, { issueKey: 'TEST-1', entityIds }),
    ),
  )
  t.equal(answers.filter(answer => answer.statusCode === 201).length, 1)
  t.equal(answers.filter(answer => answer.statusCode === 200).length, 3)
  t.equal(await test.prisma.linkEvent.count(), 1_000)
})

t.test('a wrong body is refused with the field, the rule and the hint, and nothing is written', async t => {
  const test = await testApp(t)
  const wrong: [object | string, number, string, string][] = [
    [{ entityIds: ['1'] }, 400, 'body-invalid', 'issueKey'],
    [{ issueKey: 'TEST', entityIds: ['1'] }, 400, 'body-invalid', 'issueKey'],
    [{ issueKey: 5, entityIds: ['1'] }, 400, 'body-invalid', 'issueKey'],
    [{ issueKey: 'TEST-1' }, 400, 'body-invalid', 'entityIds'],
    [{ issueKey: 'TEST-1', entityIds: '1' }, 400, 'body-invalid', 'entityIds'],
    [{ issueKey: 'TEST-1', entityIds: [] }, 400, 'body-invalid', 'entityIds'],
    [{ issueKey: 'TEST-1', entityIds: Array(1_001).fill('1') }, 400, 'body-invalid', 'entityIds'],
    [{ issueKey: 'TEST-1', entityIds: ['1', ''] }, 400, 'body-invalid', 'entityIds/1'],
    [{ issueKey: 'TEST-1', entityIds: ['1', 'a\0b'] }, 400, 'body-invalid', 'entityIds/1'],
    [{ issueKey: 'TEST-1', entityIds: ['1', '\ud800'] }, 400, 'body-invalid', 'entityIds/1'],
    [{ issueKey: 'TEST-1', entityIds: ['x'.repeat(256)] }, 400, 'body-invalid', 'entityIds/0'],
    ['{"issueKey":"TEST-1","entityIds":[1e3]}', 400, 'body-invalid', 'entityIds/0'],
    ['[]', 400, 'body-invalid', ''],
    ['{"issueKey":"A-1","issueKey":"B-2","entityIds":["1"]}', 400, 'body-not-json', ''],
    ['', 400, 'body-not-json', ''],
  ]
  for (const [payload, status, code, field] of wrong) {
    const answer = await create(test, payload)
    t.match(answer.json(), { status, code }, JSON.stringify(payload).slice(0, 80))
    if (code === 'body-invalid') t.match(answer.json().errors, [{ field, rule: /./, hint: /./ }])
  }
  const other = await create(test, '{"issueKey":"TEST-1","entityIds":["1"]}', { 'content-type': 'text/plain' })
  t.match(other.json(), { status: 415, code: 'media-type-unsupported' })
  const large = await create(test, { issueKey: 'TEST-1', entityIds: ['x'.repeat(300_000)] })
  t.match(large.json(), { status: 413, code: 'body-too-large' })
  t.equal(await test.prisma.link.count(), 0)
  t.equal(await test.prisma.linkEvent.count(), 0)
})

t.test('a body without a content type, or with another name for JSON, is taken as JSON', async t => {
  const test = await testApp(t)
  for (const type of [
    'application/json; charset=utf-8',
    'text/json',
    'application/vnd.tracker+json',
    'APPLICATION/JSON',
  ])
    t.equal(
      (await create(test, '{"issueKey":"TEST-1","entityIds":["1"]}', { 'content-type': type })).statusCode < 300,
      true,
      type,
    )
  const bare = await test.app.inject({
    method: 'POST',
    url: '/crm/links',
    payload: Buffer.from('{"issueKey":"TEST-1","entityIds":["1"]}'),
  })
  t.equal(bare.statusCode, 200)
})

t.test('an application may reject links to objects that it does not have', async t => {
  const test = await testApp(t, { unknownObjects: 'reject' })
  await test.objects.put('crm', [{ key: '1' as RemoteKey, summary: 'One' }])
  const refused = await create(test, { issueKey: 'TEST-1', entityIds: ['1', '2', '3'] })
  t.match(refused.json(), {
    status: 422,
    code: 'objects-unknown',
    errors: [
      { field: 'entityIds/1', rule: /"2"/ },
      { field: 'entityIds/2', rule: /"3"/ },
    ],
  })
  t.equal(await test.prisma.link.count(), 0)
  t.equal((await create(test, { issueKey: 'TEST-1', entityIds: ['1'] })).statusCode, 201)
})
