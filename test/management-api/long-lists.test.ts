import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { testApi } from '../support/test-api.ts'
import { runSql } from '../support/test-database.ts'

const links = '/api/applications/crm/links'
const objects = '/api/applications/crm/objects'

t.test('a list of more than 100,000 items', async t => {
  const { call, url } = await testApi(t)
  const get = (query: string) => call('GET', `${links}?${query}`)
  await runSql(
    url,
    `INSERT INTO link (application_id, issue_key, remote_key) SELECT 'crm', 'A-1', n::text FROM generate_series(1, 100010) n`,
  )

  await t.test('is not counted, but read on by number of page', async t => {
    const { headers, ...first } = await get('perPage=1000')
    t.equal(first.json().links.length, 1_000)
    t.notOk(headers['x-total-count'] ?? headers['x-total-pages'])
    t.same(rels(headers.link), { first: '?perPage=1000&page=1', next: '?perPage=1000&page=2' })
    t.match((await get('remoteKey=5')).headers, { 'x-total-count': '1' }, 'a short part of it is counted')
  })

  await t.test('goes on by cursor where the numbers end: whoever follows `next` reaches the end', async t => {
    const { next = '' } = rels((await get('perPage=1000&page=100')).headers.link)
    t.match(next, /^\?perPage=1000&cursor=/)
    const rest = await get(next.slice(1))
    t.equal(rest.json().links.length, 10)
    t.notOk(rest.headers.link)
  })

  await t.test('has no numbered page behind that, and the refusal names the way that works', async t => {
    const { code, errors } = (await get('perPage=1000&page=101')).json()
    t.equal(code, 'parameter-invalid')
    t.match(errors, [{ field: 'page', rule: /100,000th/, hint: /cursor=/ }])
  })
})

t.test('a search that no index finds, among more than 50,000 objects', async t => {
  const { call, url, objects: stored } = await testApi(t)
  const get = (query: string) => call('GET', `${objects}?${query}`)
  await runSql(
    url,
    `INSERT INTO linked_object (application_id, key, summary)
     SELECT 'crm', 'k-' || lpad(n::text, 6, '0'), CASE n % 20000 WHEN 9000 THEN 'A needle' ELSE 'Hay' END FROM generate_series(1, 50001) n`,
  )
  const needles = ['k-009000', 'k-029000', 'k-049000']

  await t.test('is refused by number of page, with the ways that work', async t => {
    for (const query of ['summary=needle', 'status=Open', 'updatedSince=2024-05-02T10:11:12Z', 'summary=needle&page=2'])
      t.match((await get(query)).json(), { status: 422, code: 'search-too-wide', hint: /cursor=.*keyPrefix/s }, query)
    const wide = (await get('summary=needle&keyPrefix=k-0')).json()
    t.match(wide.detail, /^No index finds summary, and/, 'the prefix it does find')
    const narrow = await get('summary=NEEDLE&keyPrefix=k-02')
    t.same(keysOf(narrow), ['k-029000'])
    t.equal(narrow.headers['x-total-count'], '1')
  })

  await t.test('finds everything by cursor', async t => {
    const seen: string[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const answer = await get(`summary=needle&perPage=2&cursor=${cursor}`)
      seen.push(...keysOf(answer))
      cursor = answer.json().next
    }
    t.same(seen, needles)
  })

  await t.test('ends each answer when its time is over, with the place to go on from', async t => {
    const filter = { summary: 'needle' }
    const first = await stored.findMore('crm', filter, { limit: 5, longest: 0 })
    t.same(first, { objects: [], upTo: 'k-005000' })
    const seen: string[] = []
    for (let after = first.upTo; after !== undefined; ) {
      const found = await stored.findMore('crm', filter, { after, limit: 5, longest: 0 })
      seen.push(...found.objects.map(({ info }) => info.key))
      after = found.upTo
    }
    t.same(seen, needles)
  })

  await t.test('a prefix alone has its index', async t => {
    t.match((await get('keyPrefix=k-&perPage=1')).headers, { 'x-total-count': '50001' })
    t.equal(keysOf(await get('keyPrefix=k-0&perPage=1000&page=50'))[0], 'k-049001')
    t.same(keysOf(await get('perPage=1000&page=52')), [])
  })
})

const keysOf = (answer: LightMyRequestResponse) => answer.json().objects.map(({ key }: { key: string }) => key)

/** The targets of a header Link by their relation. */
const rels = (link: unknown): Record<string, string> =>
  Object.fromEntries([...String(link).matchAll(/<([^>]*)>; rel="(\w+)"/g)].map(([, target, rel]) => [rel, target]))
