import t from 'tap'
import { playUpstream } from '../../support/played-upstream.ts'
import { sourceOf } from '../../support/source-application.ts'

t.test('each status of an upstream means what it says', async t => {
  const meanings: [status: number, reason: string, message: RegExp | string][] = [
    [401, 'unauthorized', /was 401: check the credentials/],
    [403, 'unauthorized', /was 403: check the credentials/],
    [400, 'failed', 'the answer was 400'],
    [402, 'failed', 'the answer was 402'],
    [408, 'failed', 'the answer was 408'],
    [499, 'failed', 'the answer was 499'],
    [500, 'failed', 'the answer was 500'],
  ]
  for (const [status, reason, message] of meanings) {
    const { upstream, find } = await withUpstream(t)
    upstream.answer = (_seen, response) => response.writeHead(status).end()
    const error = await find('1').catch((error: unknown) => error)
    t.match(error, { name: 'SourceFailure', reason, status, message }, String(status))
    t.equal(upstream.seen.length, 1, 'asked once')
  }
})

t.test('a refusal about one object leaves the upstream asked; what tells of its health does not', async t => {
  for (const [status, isAskedOn] of [
    [400, true],
    [499, true],
    [401, false],
    [403, false],
    [408, false],
    [429, false],
    [500, false],
  ] as const) {
    const { upstream, find } = await withUpstream(t)
    upstream.answer = (_seen, response) => response.writeHead(status).end()
    for (let times = 0; times < 10; times++) await find('1').catch(() => {})
    t.equal(upstream.seen.length === 10, isAskedOn, String(status))
  }
})

t.test('an address in a redirect is followed for each status from 300 to 399, and for no other', async t => {
  for (const [status, isFollowed] of [
    [299, false],
    [300, true],
    [301, true],
    [302, true],
    [303, true],
    [307, true],
    [308, true],
    [399, true],
    [400, false],
  ] as const) {
    const { upstream, find } = await withUpstream(t)
    upstream.answer = ({ path }, response) =>
      path === '/there'
        ? response.end('{"title":"There"}')
        : response.writeHead(status, { location: '/there' }).end('{"title":"Here"}')
    await find('1').catch(() => {})
    t.equal(upstream.seen.length, isFollowed ? 2 : 1, String(status))
  }
})

async function withUpstream(t: Parameters<typeof playUpstream>[0]) {
  const upstream = await playUpstream(t)
  const { find } = sourceOf(t, {
    source: 'http',
    url: `${upstream.origin}/api/{{remoteKey}}`,
    privateHosts: ['127.0.0.1'],
    mapping: { summary: 'title' },
  })
  return { upstream, find }
}
