import t, { type Test } from 'tap'
import type { ObjectSourceConfig } from '../../../src/config/schema.ts'
import { checkHttpSource } from '../../../src/linked-objects/sources/http/check-http-source.ts'
import { playUpstream } from '../../support/played-upstream.ts'
import { sourceOf } from '../../support/source-application.ts'

type HttpConfig = Extract<ObjectSourceConfig, { source: 'http' }>

/** A source at `path` of an upstream, and the addresses that the upstream was asked for. */
async function sourceAt(t: Pick<Test, 'teardown'>, path: string, more: Partial<HttpConfig> = {}) {
  const upstream = await playUpstream(t)
  const url = `${upstream.origin}${path}`
  const { find } = sourceOf(t, {
    source: 'http',
    url,
    headers: { 'X-Token': 'canary-upstream-1234567890' },
    privateHosts: ['127.0.0.1'],
    mapping: { summary: 'title' },
    ...more,
  })
  return { find, asked: () => upstream.seen.map(({ path }) => path) }
}

/** Keys that lead out of `/api/` once a proxy at the upstream has decoded them, however often, and resolved the segments. */
const climbing = [
  '../admin',
  'a/../../admin',
  'a/..',
  './a',
  'a/./b',
  '..\\admin',
  'a\\..\\..\\admin',
  '..;/admin',
  'a/..;v=1/admin',
  'a;..;b',
  '%2e%2e/admin',
  '%2E%2e%2Fadmin',
  '..%5cadmin',
  '..%3B/admin',
  '%252e%252e%252fadmin',
  '%25252e%25252e%25252fadmin',
  '%252%65%252%65/admin',
  '%%32%65%%32%65/admin',
  '..?x=1',
  '..#x',
  '.\t./admin',
]

t.test('a key that climbs once it is decoded is unknown, and nobody is asked', async t => {
  const { find, asked } = await sourceAt(t, '/api/{{remoteKey}}')
  for (const key of climbing) t.equal(await find(key), undefined, JSON.stringify(key))
  t.same(asked(), [])
})

t.test('dots that make no segment are part of a key like any other', async t => {
  const { find, asked } = await sourceAt(t, '/api/{{remoteKey}}')
  const harmless = ['a..b', '...', '.env', 'v1.2/..a', 'a../b', 'x;y', '100%', '%zz..', 'a%2fb', '..ж']
  for (const key of harmless) t.match(await find(key), { key }, key)
  t.same(
    asked(),
    harmless.map(key => `/api/${encodeURIComponent(key)}`),
  )
})

t.test('parts are judged where they stand, beside the text around them and beside each other', async t => {
  const inside = await sourceAt(t, '/api/deal-{{remoteKey}}.json')
  t.match(await inside.find('..'), { summary: 'Deal' }, 'no segment')
  t.match(await inside.find('../b'), { summary: 'Deal' }, 'deal-../b.json has no segment of dots')
  t.equal(await inside.find('1/../../x'), undefined)
  t.same(inside.asked(), ['/api/deal-...json', '/api/deal-..%2Fb.json'])

  const several = await sourceAt(t, '/api/{{a}}{{b}}/{{c}}', { keyPattern: '(?<a>[^!]*)!(?<b>[^!]*)!(?<c>.*)' })
  for (const key of ['.!.!x', 'x/.!.!y', 'x!y!a/../b', '!..!x', '%2!e%2e!x', 'a/!../!x'])
    t.equal(await several.find(key), undefined, key)
  t.match(await several.find('a.!.b!c'), { summary: 'Deal' })
  t.same(several.asked(), ['/api/a..b/c'])
})

t.test('in a parameter of the query, and in a body, a key climbs nowhere', async t => {
  const query = await sourceAt(t, '/api?key={{remoteKey}}')
  for (const key of climbing) t.match(await query.find(key), { key }, JSON.stringify(key))
  t.equal(query.asked().length, climbing.length)

  const body = await sourceAt(t, '/api', { method: 'POST', body: '{"key":"{{remoteKey}}"}' })
  t.match(await body.find('../../admin'), { summary: 'Deal' })
})

t.test('a climbing segment of `url` itself is a fault, in any spelling', async t => {
  for (const url of ['a/..%2Fb', '%252e%252e/b', 'a;../b', '%2e'])
    t.match(
      checkHttpSource({
        source: 'http',
        url: `https://crm.example.com/${url}/{{remoteKey}}`,
        mapping: { summary: 'a' },
      }),
      [{ field: 'url', rule: /`\.` or `\.\.`/ }],
      url,
    )
})
