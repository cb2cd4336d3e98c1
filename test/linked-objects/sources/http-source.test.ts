import type { ServerResponse } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { ObjectSourceConfig } from '../../../src/config/schema.ts'
import { type PlayedUpstream, playUpstream } from '../../support/played-upstream.ts'
import { sourceOf } from '../../support/source-application.ts'
import { until } from '../../support/until.ts'

type HttpConfig = Extract<ObjectSourceConfig, { source: 'http' }>

const token = 'canary-upstream-1234567890'

async function withUpstream(t: Pick<Test, 'teardown'>, more: Partial<HttpConfig> = {}) {
  const upstream = await playUpstream(t)
  const source = sourceOf(t, {
    source: 'http',
    url: `${upstream.origin}/api/{{remoteKey}}`,
    headers: { 'X-Token': token },
    privateHosts: ['127.0.0.1'],
    mapping: { summary: 'title' },
    ...more,
  })
  return { upstream, ...source }
}

const json = (value: unknown) => (_seen: unknown, response: ServerResponse) => response.end(JSON.stringify(value))
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (_seen: unknown, response: ServerResponse) =>
    response.writeHead(code, headers).end('{}')

/** Answers each request with the next of these, the last one for ever. */
function answerInTurn(upstream: PlayedUpstream, ...answers: PlayedUpstream['answer'][]): void {
  upstream.answer = (seen, response) => (answers.length > 1 ? answers.shift() : answers[0])?.(seen, response)
}

t.test('a card comes of the answer; the key is percent-encoded, and headers are sent', async t => {
  const { upstream, find } = await withUpstream(t)
  t.same(await find('a/b c?d#e&f=ж%'), { key: 'a/b c?d#e&f=ж%', summary: 'Deal' })
  t.match(upstream.seen, [
    {
      method: 'GET',
      path: '/api/a%2Fb%20c%3Fd%23e%26f%3D%D0%B6%25',
      headers: { 'x-token': token, accept: 'application/json', 'accept-encoding': 'gzip, br' },
    },
  ])
})

t.test(
  'parts of a key go where its pattern says; for a key that does not belong to the source nothing is asked',
  async t => {
    const { upstream, find } = await withUpstream(t)
    const more = {
      keyPattern: '(?<project>.+)!(?<iid>[0-9]+)',
      url: `${upstream.origin}/projects/{{project}}/requests/{{iid}}?key={{remoteKey}}`,
    }
    const parts = await withUpstream(t, more)
    await parts.find('a/b!7')
    t.equal(upstream.seen.at(-1)?.path, '/projects/a%2Fb/requests/7?key=a%2Fb!7')
    const asked = upstream.seen.length
    for (const key of ['a/b', 'a!7x', 'x\na!', '..!7', '.!1']) t.equal(await parts.find(key), undefined, key)
    for (const key of ['..', '.']) t.equal(await find(key), undefined, key)
    t.equal(upstream.seen.length, asked)
  },
)

t.test('a POST carries its body, the key inside its strings', async t => {
  const { upstream, find } = await withUpstream(t, { method: 'POST', body: '{"query":"id = {{remoteKey}}"}' })
  await find('1"\\')
  t.match(upstream.seen, [{ method: 'POST', headers: { 'content-type': 'application/json' } }])
  t.same(JSON.parse(upstream.seen[0]?.body ?? ''), { query: 'id = 1"\\' })
  const parts = await withUpstream(t, {
    method: 'POST',
    body: '{"id":"{{id}}","part":"{{part}}"}',
    url: `${upstream.origin}/deals`,
    keyPattern: '(?<id>[0-9]+)(?:/(?<part>[a-z]+))?',
  })
  await parts.find('7')
  t.same(JSON.parse(upstream.seen.at(-1)?.body ?? ''), { id: '7', part: '' }, 'a part that the key does not have')
})

t.test('404 and 410 say that there is no such object', async t => {
  const { upstream, find } = await withUpstream(t)
  for (const code of [404, 410]) {
    upstream.answer = status(code)
    t.equal(await find('1'), undefined)
  }
})

t.test('numbers that JavaScript cannot hold keep their digits', async t => {
  const { upstream, find } = await withUpstream(t)
  upstream.answer = (_seen, response) => response.end('{"title": 9007199254740993}')
  t.match(await find('1'), { summary: '9007199254740993' })
})

t.test('an answer in any usual encoding is read', async t => {
  const { upstream, find } = await withUpstream(t)
  const text = JSON.stringify({ title: 'Deal' })
  for (const [encoding, body] of [
    ['gzip', gzipSync(text)],
    ['X-GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', text],
  ] as const) {
    upstream.answer = (_seen, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body)
    t.match(await find('1'), { summary: 'Deal' }, encoding)
  }
})

const moved = (to: string) => status(302, { location: to })
const broken: PlayedUpstream['answer'] = (_seen, response) => response.destroy()
const bomb = gzipSync(Buffer.alloc(16 * 1024 * 1024))

type Failure = { reason: string; message?: string | RegExp; status?: number; isResting?: boolean }

const failures: [string, PlayedUpstream['answer'], Failure][] = [
  ['500', status(500), { reason: 'failed', status: 500, message: 'the answer was 500' }],
  ['401', status(401), { reason: 'unauthorized', status: 401, message: /was 401: check the credentials/ }],
  ['400', status(400), { reason: 'failed', status: 400, message: 'the answer was 400' }],
  ['429', status(429), { reason: 'failed', status: 429, message: 'the answer was 429' }],
  ['304', status(304), { reason: 'failed', status: 304, message: 'the answer was 304' }],
  ['no JSON', (_, r) => r.end('<html>'), { reason: 'answer-invalid', message: /is not JSON but HTML/ }],
  ['nothing', (_, r) => r.writeHead(204).end(), { reason: 'answer-invalid', message: 'the answer is not JSON' }],
  ['Latin-1', (_, r) => r.end(Buffer.from([0x22, 0xe9, 0x22])), { reason: 'answer-invalid', message: /not UTF-8/ }],
  ['2 MB', (_, r) => r.end(`"${'x'.repeat(2_000_000)}"`), { reason: 'answer-invalid', message: /larger than 1 MB/ }],
  [
    'a gzip bomb',
    (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    { reason: 'answer-invalid', message: 'the answer is larger than 1 MB' },
  ],
  [
    'broken gzip',
    (_, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('{"title":"x"}'),
    { reason: 'answer-invalid', message: 'the answer is not valid gzip' },
  ],
  [
    'an encoding in an encoding',
    (_, r) => r.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(bomb)),
    { reason: 'answer-invalid', message: /content-encoding that was not asked for/ },
  ],
  ['a broken connection', (_, r) => r.destroy(), { reason: 'away', message: /no answer came \(UND_ERR_SOCKET\)/ }],
  [
    'half an answer',
    (_, r) => {
      r.writeHead(200, { 'content-length': '100' }).write('{"title"')
      setImmediate(() => r.destroy())
    },
    { reason: 'away', message: /no answer came/ },
  ],
]

t.test('what is no answer is a failure with its reason, and tells no secret', async t => {
  for (const [name, answer, failure] of failures) {
    const { upstream, find } = await withUpstream(t)
    upstream.answer = answer
    const error = await find('1').catch((error: unknown) => error)
    t.match(error, { name: 'SourceFailure', ...failure }, name)
    t.notMatch(JSON.stringify([error, String(error), (error as Error).stack]), token)
  }
})

t.test('a host that is not there is a failure', async t => {
  const { find } = await withUpstream(t, { url: 'http://127.0.0.1:9/{{remoteKey}}' })
  await fails(t, find('1'), { reason: 'away', message: 'no answer came (ECONNREFUSED)' })
})

t.test('a redirect is followed on the same origin only', async t => {
  const [{ upstream, find }, other] = [await withUpstream(t), await playUpstream(t)]
  answerInTurn(upstream, moved('/b'), moved(`${upstream.origin}/c`), moved('d'), json({ title: 'There' }))
  t.match(await find('1'), { summary: 'There' })
  t.same(
    upstream.seen.map(({ path }) => path),
    ['/api/1', '/b', '/c', '/d'],
  )
  t.equal(upstream.seen[3]?.headers['x-token'], token)

  upstream.answer = moved('/again')
  await fails(t, find('1'), { reason: 'answer-invalid', message: /redirect more than 3 times/ })
  t.equal(upstream.seen.length, 8)

  for (const elsewhere of [
    `${other.origin}/x`,
    'http://169.254.169.254/latest/meta-data',
    '//127.1:9/',
    'file:///etc/passwd',
  ]) {
    const fresh = await withUpstream(t)
    fresh.upstream.answer = moved(elsewhere)
    await fails(t, fresh.find('1'), { reason: 'forbidden', message: /redirect to another origin/ }, elsewhere)
    t.equal(fresh.upstream.seen.length, 1)
  }
  t.same(other.seen, [])
})

t.test('a GET is tried once more after a break, 502, 503 and 504; nothing else is', async t => {
  for (const first of [broken, status(502), status(503), status(504)]) {
    const { upstream, find } = await withUpstream(t)
    answerInTurn(upstream, first, json({ title: 'Second' }))
    t.match(await find('1'), { summary: 'Second' })
    t.equal(upstream.seen.length, 2)
  }
  for (const first of [status(500), status(503, { 'retry-after': '5' }), status(429)]) {
    const { upstream, find } = await withUpstream(t)
    answerInTurn(upstream, first, json({ title: 'Second' }))
    await fails(t, find('1'), { reason: 'failed' })
    t.equal(upstream.seen.length, 1)
  }
  const { upstream, find } = await withUpstream(t, { method: 'POST' })
  upstream.answer = status(503)
  await fails(t, find('1'), { reason: 'failed' })
  t.equal(upstream.seen.length, 1)
})

t.test('a question to an upstream that hangs ends when its caller gives up', async t => {
  const { upstream, find } = await withUpstream(t)
  upstream.answer = () => {}
  const caller = new AbortController()
  const found = find('1', caller.signal)
  await until(() => upstream.seen.length === 1)
  caller.abort()
  await fails(t, found, { reason: 'slow', message: 'no answer came in time' })
})

t.test('at most 50 questions are in flight; further ones wait', async t => {
  const { upstream, find } = await withUpstream(t)
  const waiting: ServerResponse[] = []
  upstream.answer = (_seen, response) => void waiting.push(response)
  const found = Array.from({ length: 70 }, (_, index) => find(String(index)))
  await until(() => waiting.length === 50)
  for (const response of waiting.splice(0)) response.end('{"title":"Deal"}')
  await until(() => waiting.length === 20)
  for (const response of waiting) response.end('{"title":"Deal"}')
  t.equal((await Promise.all(found)).length, 70)
})

t.test('after failures the source is not asked for 5 s, then one question decides; the log says so', async t => {
  const { upstream, find, logged, source } = await withUpstream(t)
  const clock = movableClock(t)
  t.equal(source.breaker?.().state, 'closed')
  upstream.answer = status(503)
  for (let index = 0; index < 3; index++) await fails(t, find('1'), { reason: 'failed' })
  t.equal(upstream.seen.length, 6, 'each with its retry')
  for (let index = 0; index < 20; index++)
    await fails(t, find('1'), { reason: 'failed', isResting: true, message: /the last one: the answer was 503/ })
  t.equal(upstream.seen.length, 6)
  t.match(source.breaker?.(), { state: 'open', openSince: Number, asksAgainAt: Number })
  const since = source.breaker?.().openSince

  clock.forward(5_000)
  const [probe, beside] = [find('1'), find('2')]
  await fails(t, beside, { reason: 'failed', isResting: true }, 'another question does not wait for the probe')
  await fails(t, probe, { reason: 'failed' })
  t.equal(upstream.seen.length, 7, 'a probe is not tried again')
  t.match(source.breaker?.(), { state: 'open', openSince: since }, 'it is open since its first failure')
  clock.forward(3_000)
  await fails(t, find('1'), { reason: 'failed', isResting: true })

  clock.forward(2_000)
  upstream.answer = json({ title: 'Back' })
  t.match(await find('1'), { summary: 'Back' })
  t.match(await find('2'), { summary: 'Back' })
  t.same(source.breaker?.(), { state: 'closed' })
  t.match(logged, [
    {
      level: 'warn',
      record: { application: 'crm', reason: 'failed', because: 'the answer was 503' },
      text: /left alone/,
    },
    { level: 'info', record: { application: 'crm' }, text: /answers again/ },
  ])
  t.notMatch(JSON.stringify(logged), token)
})

t.test('objects that are unknown, refused or do not fit the mapping say nothing about the upstream', async t => {
  const { upstream, find } = await withUpstream(t)
  answerInTurn(
    upstream,
    ...Array.from({ length: 10 }, () => status(404)),
    ...Array.from({ length: 10 }, () => status(422)),
    json({}),
  )
  for (let index = 0; index < 10; index++) t.equal(await find('1'), undefined)
  for (let index = 0; index < 10; index++) await fails(t, find('1'), { reason: 'failed' })
  for (let index = 0; index < 10; index++) await fails(t, find('1'), { reason: 'mapping' })
  t.equal(upstream.seen.length, 30)
})

/** The monotonic clock of this process, which a test sets forward. */
function movableClock(t: Pick<Test, 'teardown'>) {
  const real = performance.now.bind(performance)
  let ahead = 0
  performance.now = () => real() + ahead
  t.teardown(() => {
    performance.now = real
  })
  return {
    forward(milliseconds: number) {
      ahead += milliseconds
    },
  }
}

async function fails(t: Test, found: Promise<unknown>, failure: Failure, note = '') {
  const error = await found.catch((error: unknown) => error)
  t.match(error, { name: 'SourceFailure', ...failure }, note)
}
