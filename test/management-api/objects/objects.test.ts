import t from 'tap'
import { playUpstream } from '../../support/played-upstream.ts'
import { testApi } from '../../support/test-api.ts'

const card = {
  summary: 'Deploy service to production',
  iconUrl: 'https://crm.example.com/icon.svg',
  status: { name: 'Open', description: 'Waiting' },
  resolution: { name: 'Fixed' },
  assignee: { trackerUid: 42, login: 'user1' },
  updated: '2024-05-02T10:11:12.345+0000',
  deadline: '2024-06-01T00:00:00.000+0000',
}

const at = (key: string) => `/api/applications/crm/objects/${encodeURIComponent(key)}`

t.test('objects of an application', async t => {
  const { call, links, makeKey, prisma } = await testApi(t, {}, { id: 'erp' })
  const put = (key: string, body: object, headers = {}) => call('PUT', at(key), { body, headers })

  await t.test('a pushed object is answered as it was pushed, whatever its key', async t => {
    for (const key of ['1', 'group/project/-/merge_requests/7', '100 %', 'Договор № 15', '🚀'.repeat(255)]) {
      const created = await put(key, card)
      t.equal(created.statusCode, 201)
      const { storedAt, ...object } = created.json().object
      t.match(storedAt, /^20\d\d-.*\+0000$/)
      t.same({ result: created.json().result, object }, { result: 'accepted', object: { key, ...card } })
      const got = await call('GET', at(key))
      t.same(got.json(), created.json().object)
      t.equal(got.headers.etag, created.headers.etag)
      t.equal((await put(key, { ...card, key })).json().result, 'unchanged')
    }
    t.equal((await call('GET', at('🚀'.repeat(256)))).json().code, 'key-invalid')
    t.equal((await put('a\0b', card)).json().code, 'key-invalid')
  })

  await t.test('fields that a push lacks are taken off', async t => {
    const changed = await put('1', { summary: 'Short', resolution: null })
    t.equal(changed.statusCode, 200)
    t.same(Object.keys(changed.json().object), ['key', 'summary', 'storedAt'])
  })

  await t.test('every fault of a card is told, with the hint, and nothing is stored', async t => {
    const wrong = {
      key: 'other',
      iconUrl: 'icon.svg',
      status: { description: 'x' },
      assignee: { trackerUid: 1.5, name: 'x' },
      updated: '2024-02-30T00:00:00.000+0000',
      sequence: -1,
      colour: 'red',
    }
    const { code, errors } = (await put('wrong', wrong)).json()
    t.equal(code, 'body-invalid')
    t.same(
      errors.map(({ field }: { field: string }) => field),
      [
        'assignee.name',
        'colour',
        'summary',
        'iconUrl',
        'status.name',
        'assignee.trackerUid',
        'updated',
        'sequence',
        'key',
      ],
    )
    t.ok(errors.every(({ rule, hint }: { rule: string; hint: string }) => rule && hint))
    for (const summary of ['a\0b', '\ud800', ' ', 'x'.repeat(1_001), 5, ['a']])
      t.equal((await put('wrong', { summary })).statusCode, 400)
    for (const body of ['[]', '"text"', 'null', '{"summary":"a","summary":"b"}', '', '{'])
      t.equal(
        (await call('PUT', at('wrong'), { body, headers: { 'content-type': 'application/json' } })).statusCode,
        400,
      )
    t.equal((await call('GET', at('wrong'))).json().code, 'object-unknown')
  })

  await t.test('the highest sequence wins, and each push is told what became of it', async t => {
    const push = async (summary: string, sequence?: unknown) => {
      const { result, object } = (await put('sequenced', { summary, sequence })).json()
      return [result, object.summary]
    }
    t.same(await push('first'), ['accepted', 'first'])
    t.same(await push('five', 5), ['accepted', 'five'])
    t.same(await push('four', 4), ['stale', 'five'])
    t.same(await push('five', 5), ['unchanged', 'five'])
    t.same(await push('five again', '5'), ['accepted', 'five again'])
    t.same(await push('without'), ['accepted', 'without'])
    t.same(await push('four', 4), ['stale', 'without'], 'a push without a sequence leaves the stored one')
    t.same(await push('without', 6), ['accepted', 'without'])
    t.same(await push('five', 5), ['stale', 'without'], 'the sequence alone was stored, too')
    t.same(await push('last', '9223372036854775807'), ['accepted', 'last'])
    const { body } = await call('GET', at('sequenced'))
    t.match(body, '"sequence":9223372036854775807,')
    t.equal((await put('sequenced', { summary: 'x', sequence: '9223372036854775808' })).statusCode, 400)
    const raw = `{"summary":"uid","assignee":{"trackerUid":8000000000000000001},"sequence":9223372036854775807}`
    const { body: exact } = await call('PUT', at('uid'), { body: raw, headers: { 'content-type': 'application/json' } })
    t.match(exact, '"trackerUid":8000000000000000001}')
  })

  await t.test('conditions are compared with the stored state', async t => {
    t.equal((await put('e', card, { 'if-match': '*' })).json().code, 'object-changed')
    const created = await put('e', card, { 'if-none-match': '*' })
    t.equal(created.statusCode, 201)
    const etag = String(created.headers.etag)
    t.equal((await put('e', card, { 'if-none-match': '*' })).statusCode, 412)
    t.equal((await call('GET', at('e'), { headers: { 'if-none-match': `"x", W/${etag}` } })).statusCode, 304)
    t.equal((await call('HEAD', at('e'))).headers.etag, etag)
    const changed = await put('e', { summary: 'b' }, { 'if-match': etag })
    t.equal(changed.json().result, 'accepted')
    const lost = await put('e', { summary: 'c' }, { 'if-match': etag })
    t.equal(lost.json().code, 'object-changed')
    t.equal(lost.headers.etag, changed.headers.etag, 'the refusal names the state that is stored')
    t.equal((await call('DELETE', at('e'), { headers: { 'if-match': etag } })).statusCode, 412)
    t.equal((await call('DELETE', at('e'), { headers: { 'if-match': String(changed.headers.etag) } })).statusCode, 204)
  })

  await t.test('of many who push at once under a condition one wins', async t => {
    const first = await Promise.all(
      Array.from({ length: 8 }, (_, n) => put('race', { summary: `${n}` }, { 'if-none-match': '*' })),
    )
    t.same(counts(first), { 201: 1, 412: 7 })
    const etag = String((await call('GET', at('race'))).headers.etag)
    const then = await Promise.all(
      Array.from({ length: 8 }, (_, n) => put('race', { summary: `then ${n}` }, { 'if-match': etag })),
    )
    t.same(counts(then), { 200: 1, 412: 7 })
  })

  await t.test('a removed object is unknown, and its links stay', async t => {
    await put('gone', card)
    await links.change({
      kind: 'create',
      applicationId: 'crm',
      links: [{ issueKey: 'TEST-1' as never, remoteKey: 'gone' as never }],
      actor: { kind: 'operator' },
    })
    const removed = await call('DELETE', at('gone'))
    t.equal(removed.statusCode, 204)
    t.equal(removed.headers['x-links-kept'], '1')
    t.equal((await call('DELETE', at('gone'))).json().code, 'object-unknown')
  })

  await t.test('a repeated write with its key is done once', async t => {
    const headers = { 'idempotency-key': 'push-1' }
    const first = await put('once', card, headers)
    await put('once', { summary: 'later' })
    const again = await put('once', card, headers)
    t.equal(again.statusCode, 201)
    t.equal(again.body, first.body)
    t.equal((await call('GET', at('once'))).json().summary, 'later')
    const etag = String((await call('GET', at('once'))).headers.etag)
    const matching = { 'idempotency-key': 'push-3', 'if-match': etag }
    const conditional = await put('once', { summary: 'under a condition' }, matching)
    t.equal(conditional.json().result, 'accepted')
    t.equal((await put('once', { summary: 'under a condition' }, matching)).body, conditional.body)
    const condition = { 'idempotency-key': 'push-2', 'if-match': '"x"' }
    t.equal((await put('once', card, condition)).statusCode, 412)
    t.equal((await put('once', card, condition)).statusCode, 412)
  })

  await t.test('the card is the card that Tracker gets', async t => {
    await put('uid', card)
    t.match((await call('POST', `${at('uid')}/refresh`)).json(), { key: 'uid', ...card })
    t.equal((await call('POST', `${at('absent')}/refresh`)).statusCode, 404)
  })

  await t.test('only a key with the scope may write, any key may read', async t => {
    const headers = { authorization: `Bearer ${await makeKey({ scopes: ['links:read'] })}` }
    t.equal((await call('GET', at('1'), { headers })).statusCode, 200)
    t.equal((await put('1', card, headers)).statusCode, 403)
    t.equal((await call('DELETE', at('1'), { headers })).statusCode, 403)
    t.equal((await call('POST', `${at('1')}/rename`, { headers, body: { to: '2' } })).statusCode, 403)
  })
  t.equal(await prisma.linkedObject.count({ where: { applicationId: 'erp' } }), 0)
})

t.test('objects that are not pushed', async t => {
  const { call, objects, links } = await testApi(t, {
    objects: { source: 'http', url: 'http://127.0.0.1:1/{{remoteKey}}' } as never,
  })
  for (const [method, address] of [
    ['PUT', 'objects/1'],
    ['DELETE', 'objects/1'],
  ] as const) {
    const answer = await call(method, `/api/applications/crm/${address}`, { body: card })
    t.equal(answer.json().code, 'objects-not-pushed')
  }
  const bulk = await call('POST', '/api/applications/crm/objects/bulk', {
    body: '{}',
    headers: { 'content-type': 'application/x-ndjson' },
  })
  t.equal(bulk.json().code, 'objects-not-pushed')

  const rename = () => call('POST', '/api/applications/crm/objects/1/rename', { body: { to: '2' } })
  await objects.put('crm', [{ key: '1' as never, summary: 'The card that the source gave for 1' }])
  t.match((await rename()).json(), { code: 'object-unknown', detail: /^No issue is linked to 1 of crm/ })
  const change = { kind: 'create', applicationId: 'crm', actor: { kind: 'operator' } } as const
  await links.change({ ...change, links: [{ issueKey: 'TEST-1' as never, remoteKey: '1' as never }] })
  t.same((await rename()).json(), { from: '1', to: '2', object: false, links: 1, merged: 0 })
  t.equal(await links.count('crm', { remoteKey: '2' as never }), 1)
  t.notOk(await objects.find('crm', '2' as never), 'no card under a key for which the source gave none')
})

t.test('an object that nobody has asked for yet is asked for, not denied', async t => {
  const upstream = await playUpstream(t)
  const { call, log } = await testApi(t, {
    objects: {
      source: 'http',
      url: `${upstream.origin}/{{remoteKey}}`,
      privateHosts: ['127.0.0.1'],
      mapping: { summary: 'title' },
    },
  })
  const get = (key: string) => call('GET', `/api/applications/crm/objects/${key}`)
  t.match((await get('1')).json(), { key: '1', summary: 'Deal', fetchedAt: String })
  t.match((await get('1')).headers, { etag: String })
  t.equal(upstream.seen.length, 1, 'a young card is answered without asking')
  upstream.answer = (_seen, response) => response.writeHead(404).end()
  t.match((await get('2')).json(), { code: 'object-unknown' })
  await get('2')
  t.equal(upstream.seen.length, 2, 'nor is what it does not know')
  upstream.answer = (_seen, response) => response.writeHead(401).end()
  t.match((await get('3')).json(), { status: 503, code: 'source-unauthorized' })
  t.match((await call('POST', '/api/applications/crm/objects/1/refresh')).json(), { code: 'source-unauthorized' })
  t.match(
    log.filter(({ reason }) => reason !== undefined),
    [{ reason: 'unauthorized', status: 401 }],
  )
})

/** How often each status was answered. */
function counts(answers: readonly { statusCode: number }[]): Record<number, number> {
  const times: Record<number, number> = {}
  for (const { statusCode } of answers) times[statusCode] = (times[statusCode] ?? 0) + 1
  return times
}
