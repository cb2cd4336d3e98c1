import t from 'tap'
import { testApi } from '../../support/test-api.ts'

const at = '/api/applications/crm/links'
const query = (values: Record<string, string | number>) =>
  new URLSearchParams(Object.entries(values).map(([name, value]): [string, string] => [name, String(value)])).toString()

/** Keys that a careless program would cut, decode twice, or take for something else. */
const oddKeys = ['a/b?c#d&e=f', '100%25', 'два слова +1', '%FF', ' ', '.', 'x'.repeat(255), '😀'.repeat(255)]

t.test('links from the application’s side', async t => {
  const { call, makeKey } = await testApi(t)
  const authorization = `Bearer ${await makeKey({ scopes: ['links:write', 'links:read'] })}`
  const headers = { authorization, 'content-type': 'application/json' }
  const create = (issueKey: string, remoteKeys: unknown) =>
    call('POST', at, { headers, body: JSON.stringify({ issueKey, remoteKeys }) })
  const list = async (values: Record<string, string | number>) => (await call('GET', `${at}?${query(values)}`)).json()

  await t.test('are created all at once, and once', async t => {
    const first = await create('test-1', ['1234', '5678', '1234'])
    t.equal(first.statusCode, 201)
    t.same(first.json(), {
      issueKey: 'TEST-1',
      links: [
        { remoteKey: '1234', created: true },
        { remoteKey: '5678', created: true },
      ],
    })
    const again = await create('TEST-1', ['5678'])
    t.equal(again.statusCode, 200)
    t.same(again.json().links, [{ remoteKey: '5678', created: false }])
  })

  await t.test('are read by object, by issue, or all', async t => {
    await create('TEST-2', ['1234'])
    t.match(await list({ remoteKey: '1234' }), {
      links: [{ issueKey: 'TEST-1', createdAt: /^\d{4}-\d\d-\d\dT[\d:.]{12}\+0000$/ }, { issueKey: 'TEST-2' }],
    })
    t.equal((await list({ issueKey: 'test-1' })).links.length, 2)
    t.equal((await list({ issueKey: 'TEST-2', remoteKey: '5678' })).links.length, 0)
    t.equal((await list({})).links.length, 3)
  })

  await t.test('have keys of any kind, and each is that object’s alone', async t => {
    t.equal((await create('ODD-1', oddKeys)).statusCode, 201)
    for (const remoteKey of oddKeys) {
      t.same(
        (await list({ remoteKey })).links.map((link: { remoteKey: string }) => link.remoteKey),
        [remoteKey],
      )
      const removal = await call('DELETE', `${at}?${query({ issueKey: 'ODD-1', remoteKey })}`, { headers })
      t.match(removal, { statusCode: 204, body: '', headers: { 'x-removed': 'true' } })
    }
    t.equal((await list({ issueKey: 'ODD-1' })).links.length, 0)
  })

  await t.test('are counted for many objects, in the order of the question', async t => {
    const answer = await call('POST', `${at}/count`, {
      headers,
      body: JSON.stringify({ remoteKeys: ['5678', 'none', '1234', '5678'] }),
    })
    t.same(answer.json().counts, [
      { remoteKey: '5678', links: 1 },
      { remoteKey: 'none', links: 0 },
      { remoteKey: '1234', links: 2 },
      { remoteKey: '5678', links: 1 },
    ])
  })

  await t.test('are removed, which is harmless when repeated, and say who did it', async t => {
    const link = { issueKey: 'TEST-2', remoteKey: '1234' }
    for (const removed of ['true', 'false'])
      t.match(await call('DELETE', `${at}?${query(link)}`, { headers }), {
        statusCode: 204,
        headers: { 'x-removed': removed },
      })
    const { events } = (await call('GET', `${at}/history?${query(link)}`)).json()
    t.match(events, [
      { kind: 'created', ...link, actor: { kind: 'application', login: /^key / } },
      { kind: 'removed', ...link, actor: { kind: 'application', login: /^key / } },
    ])
    t.equal(events.length, 2, 'a removal of nothing is no event')
  })

  await t.test('a write is done once for an Idempotency-Key, and answered the same', async t => {
    const more = { headers: { ...headers, 'idempotency-key': 'one' }, body: '{"issueKey":"ONCE-1","remoteKeys":["1"]}' }
    const [first, second] = [await call('POST', at, more), await call('POST', at, more)]
    t.same([first.statusCode, second.statusCode], [201, 201])
    t.equal(second.body, first.body)
    const address = `${at}?${query({ issueKey: 'ONCE-1', remoteKey: '1' })}`
    const removal = { headers: { ...headers, 'idempotency-key': 'two' } }
    for (let times = 0; times < 2; times++)
      t.match(await call('DELETE', address, removal), { headers: { 'x-removed': 'true' } })
    t.equal((await call('GET', `${at}/history?${query({ issueKey: 'ONCE-1' })}`)).json().events.length, 2)
  })

  await t.test('what is wrong is named, and nothing is written', async t => {
    const before = (await list({})).links.length
    for (const [issueKey, remoteKeys, field] of [
      ['TEST', ['1'], 'issueKey'],
      ['TEST-1', [], 'remoteKeys'],
      ['TEST-1', ['1', ''], 'remoteKeys/1'],
      ['TEST-1', ['1', 'a\0b'], 'remoteKeys/1'],
      ['TEST-1', ['\ud800'], 'remoteKeys/0'],
      ['TEST-1', [1], 'remoteKeys/0'],
      ['TEST-1', Array.from({ length: 1_001 }, (_, index) => String(index)), 'remoteKeys'],
      ['TEST-1', undefined, 'remoteKeys'],
    ] as const) {
      const answer = await create(issueKey, remoteKeys)
      t.match(answer.json(), { status: 400, code: 'body-invalid', errors: [{ field }] }, field)
    }
    for (const [values, field] of [
      [{ issueKey: 'TEST' }, 'issueKey'],
      [{ remoteKey: '' }, 'remoteKey'],
      [{ remoteKey: 'a\0' }, 'remoteKey'],
      [{ remoteKey: 'x'.repeat(256) }, 'remoteKey'],
    ] as const)
      t.match(await list(values), { status: 400, code: 'key-invalid', errors: [{ field }] })
    for (const text of ['remoteKey=%FF', 'remoteKey=100%', 'issueKey=A-1&remoteKey=%E0%A4%A', '%FF=1'])
      t.match((await call('GET', `${at}?${text}`)).json(), { code: 'parameter-invalid', errors: [{ rule: /UTF-8/ }] })
    t.match(await list({ remotekey: '1' }), { code: 'parameter-invalid', errors: [{ field: 'remotekey' }] })
    t.match((await call('DELETE', `${at}?issueKey=TEST-1`, { headers })).json(), { errors: [{ field: 'remoteKey' }] })
    t.equal((await list({})).links.length, before)
  })

  await t.test('need their scopes', async t => {
    const [reader, writer] = await Promise.all([
      makeKey({ scopes: ['links:read'] }),
      makeKey({ scopes: ['links:write', 'objects:write'] }),
    ])
    for (const address of [at, `${at}/history`, '/api/applications/crm/events'])
      t.equal((await call('GET', address, { headers: { authorization: `Bearer ${writer}` } })).statusCode, 403, address)
    t.equal(
      (await call('DELETE', `${at}?issueKey=A-1&remoteKey=1`, { headers: { authorization: `Bearer ${reader}` } }))
        .statusCode,
      403,
    )
    t.equal(
      (
        await call('POST', `${at}/count`, {
          headers: { authorization: `Bearer ${reader}` },
          body: { remoteKeys: ['1'] },
        })
      ).statusCode,
      200,
    )
  })
})

t.test('an application may reject links to objects that it does not have', async t => {
  const { call, objects } = await testApi(t, { unknownObjects: 'reject' })
  await objects.put('crm', [{ key: '1' as never, summary: 'One' }])
  const answer = await call('POST', at, { body: { issueKey: 'A-1', remoteKeys: ['1', '2', '3'] } })
  t.match(answer.json(), {
    status: 422,
    code: 'objects-unknown',
    errors: [{ field: 'remoteKeys/1' }, { field: 'remoteKeys/2' }],
  })
  t.equal((await call('GET', at)).headers['x-total-count'], '0')
  t.equal((await call('POST', at, { body: { issueKey: 'A-1', remoteKeys: ['1'] } })).statusCode, 201)

  const together = Array.from({ length: 12 }, (_, index) =>
    call('POST', at, {
      body: { issueKey: `B-${index + 1}`, remoteKeys: ['1'] },
      headers: { 'idempotency-key': `together-${index}` },
    }),
  )
  const statuses = (await Promise.all(together)).map(({ statusCode }) => statusCode)
  t.same(new Set(statuses), new Set([201]), 'many at once, more than there are connections, do not wait for each other')
})

t.test('a list is read page by page, or by cursor', async t => {
  const { call, links } = await testApi(t, {}, { id: 'erp' })
  const keys = Array.from({ length: 25 }, (_, index) => `k${String(index).padStart(2, '0')}`)
  const actor = { kind: 'tracker' } as const
  for (const issueKey of ['A-1', 'B-1'])
    await links.change({
      kind: 'create',
      applicationId: 'crm',
      links: keys.map(remoteKey => ({ issueKey, remoteKey }) as never),
      actor,
    })
  const get = (text: string) => call('GET', `${at}${text}`)
  const all = ['A-1', 'B-1'].flatMap(issueKey => keys.map(key => `${issueKey} ${key}`))

  await t.test('following `next` from page to page gives every link once', async t => {
    const seen: string[] = []
    let address: string | undefined = '?perPage=20'
    for (let pages = 1; address !== undefined; pages++) {
      const answer = await get(address)
      seen.push(...namesOf(answer))
      t.match(answer.headers, { 'x-total-count': '50', 'x-total-pages': '3' })
      const { first, prev, next, last } = rels(answer.headers.link)
      t.equal(first, '?perPage=20&page=1')
      t.equal(prev === undefined, pages === 1)
      t.match(last, 'page=3')
      t.notOk(answer.json().next)
      address = next
    }
    t.same(seen, all)
  })

  await t.test('following the cursor does, too, and without counting', async t => {
    const seen: string[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const answer = await get(`?perPage=20&cursor=${cursor}`)
      seen.push(...namesOf(answer))
      cursor = answer.json().next
      t.equal(answer.headers['x-total-count'], undefined)
      t.equal(rels(answer.headers.link).next, cursor === undefined ? undefined : `?perPage=20&cursor=${cursor}`)
    }
    t.same(seen, all)
  })

  await t.test('filters stay in the addresses of other pages', async t => {
    const answer = await get('?issueKey=b-1&perPage=10&page=2')
    t.equal(rels(answer.headers.link).next, '?issueKey=b-1&perPage=10&page=3')
    t.equal((await get(rels(answer.headers.link).next ?? '')).json().links.length, 5)
  })

  await t.test('50 are on a page unless asked; behind the last page there is nothing', async t => {
    t.equal((await get('')).json().links.length, 50)
    const behind = await get('?page=9&perPage=20')
    t.same(behind.json().links, [])
    t.equal(rels(behind.headers.link).prev, '?page=3&perPage=20')
    t.match((await get('?remoteKey=none')).headers, { 'x-total-count': '0', 'x-total-pages': '0' })
  })

  await t.test('history has pages and cursors as well', async t => {
    const first = (await call('GET', `${at}/history?cursor=&perPage=30&issueKey=A-1`)).json()
    t.equal(first.events.length, 25)
    const some = (await call('GET', `${at}/history?cursor=&perPage=30`)).json()
    const rest = (await call('GET', `${at}/history?perPage=30&cursor=${some.next}`)).json()
    t.equal(rest.events.length, 20)
    t.notOk(rest.next)
    t.match((await call('GET', `${at}/history?perPage=30&page=2`)).headers, { 'x-total-count': '50' })
  })

  await t.test('a page that does not exist, and a cursor of elsewhere, are refused', async t => {
    const { next } = (await get('?cursor=&perPage=1')).json()
    for (const text of [
      'page=0',
      'page=-1',
      'page=1.5',
      'page=x',
      'page=',
      'perPage=0',
      'perPage=1001',
      'page=1&page=2',
      'page=1000001',
      'page=20001&perPage=50',
      `page=1&cursor=${next}`,
      ...['x', `${next}x`, 'bnVsbA', forged(2, 'links crm', 'A-1', 'a'), forged(1, 'links erp', 'A-1', 'a')].map(
        cursor => `cursor=${cursor}`,
      ),
      ...[['A-1'], ['A-1', 'a', 'b'], ['a', 'A'], ['A-1', 'a\0'], ['A-1', '\ud800'], ['A-1', 1], [null, {}]].map(
        keys => `cursor=${forged(1, 'links crm', ...keys)}`,
      ),
    ])
      t.match((await get(`?${text}`)).json(), { status: 400, code: 'parameter-invalid' }, text)
    t.equal((await call('GET', `/api/applications/erp/links?cursor=${next}`)).statusCode, 400)
  })
})

const namesOf = (answer: { json: () => { links: { issueKey: string; remoteKey: string }[] } }) =>
  answer.json().links.map(({ issueKey, remoteKey }) => `${issueKey} ${remoteKey}`)

const rels = (link: unknown) =>
  Object.fromEntries([...String(link).matchAll(/<([^>]*)>; rel="(\w+)"/g)].map(([, address, rel]) => [rel, address]))

const forged = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
