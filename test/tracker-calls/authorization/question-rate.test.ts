import t, { type Test } from 'tap'
import { Problem } from '../../../src/errors/problem.ts'
import { createAuthorizer } from '../../../src/tracker-calls/authorization/authorize.ts'
import { clientNetwork } from '../../../src/values/client-network.ts'
import { testApp } from '../../support/test-app.ts'
import { until } from '../../support/until.ts'
import { json, playVerifier, tokenOf } from './played-verifier.ts'

/** An application whose verifier knows the tokens that start with canary-good, and waits with its answers if `hold` is called. */
async function withVerifier(t: Test, unknownTokens: { perMinute?: number; perMinuteOfAddress?: number } = {}) {
  const clock = { ms: 0 }
  const told: { refused: number; limit: string; address: string }[] = []
  const log = { warn: (record: object) => void told.push(record as (typeof told)[number]) }
  let released: Promise<void> | undefined
  const verifier = await playVerifier(t, async (asked, response) => {
    await released
    if (tokenOf(asked)?.startsWith('canary-good')) json(response, 200, { id: '1', login: 'user1', client_id: 'x' })
    else json(response, 401, '')
  })
  const authorize = createAuthorizer(
    {
      kind: 'user',
      verifier: { kind: 'yandexId', url: `${verifier.url}/info` },
      allow: { logins: ['user1'] },
      unknownTokens,
    },
    { applicationId: 'crm', log: log as never, now: () => 1 + clock.ms },
  )
  /** How a call ends: the kind of the actor, or the code of the Problem. */
  const call = async (token: string, remoteAddress = '192.0.2.1') => (await ended(token, remoteAddress)).word
  const ended = async (token: string, remoteAddress = '192.0.2.1') => {
    try {
      const actor = await authorize({ authorization: `OAuth canary-${token}` }, { ip: remoteAddress })
      return { word: actor.kind }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return { word: error.code, status: error.status, retryAfter: error.headers['retry-after'] }
    }
  }
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    released = promise
    return resolve
  }
  return { authorize, verifier, clock, told, call, ended, hold }
}

const many = <T>(count: number, one: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => one(index)))
const countOf = (words: readonly string[], word: string) => words.filter(one => one === word).length

t.test('3,000 wrong tokens of one address cost the verifier 60 questions, and are told once', async t => {
  const { verifier, told, call, ended } = await withVerifier(t)
  const words = await many(3_000, index => call(`bad-${index}`))
  t.equal(verifier.asked.length, 60)
  t.same([countOf(words, 'token-unknown'), countOf(words, 'too-many-unknown-tokens')], [60, 2_940])
  t.match(await ended('bad-last'), { word: 'too-many-unknown-tokens', status: 429, retryAfter: '1' })
  t.match(told, [{ application: 'crm', limit: 'address', address: '192.0.2.1' }])
  t.equal(told.length, 1)
})

t.test(
  'while one address floods, valid tokens get through: kept ones, known ones, and new ones of other addresses',
  async t => {
    const { verifier, clock, call } = await withVerifier(t)
    t.equal(await call('good-known'), 'user')
    await many(500, index => call(`bad-${index}`))
    t.equal(await call('good-new'), 'too-many-unknown-tokens', 'a new one of this address')
    t.equal(await call('good-new', '198.51.100.1'), 'user', 'of another one')
    const asked = verifier.asked.length
    t.equal(await call('good-known'), 'user')
    t.equal(verifier.asked.length, asked, 'kept')
    clock.ms = 60_000
    await many(500, index => call(`worse-${index}`))
    t.equal(await call('good-known'), 'user', 'asked about again, although the address may not ask any more')
  },
)

t.test('the limit of all holds for floods from many addresses, and fades within a minute', async t => {
  const { verifier, clock, told, call, ended } = await withVerifier(t, { perMinute: 100, perMinuteOfAddress: 10 })
  const words = await many(1_000, index => call(`bad-${index}`, `192.0.2.${index % 100}`))
  t.equal(countOf(words, 'token-unknown'), 100)
  t.equal(verifier.asked.length, 100)
  t.match(await ended('good-new', '198.51.100.1'), { word: 'too-many-unknown-tokens', retryAfter: '1' })
  t.match(told, [{ limit: 'all' }])
  clock.ms = 600
  t.equal(await call('good-new', '198.51.100.1'), 'user', 'a 100th of a minute later')
  clock.ms = 60_000
  await many(10, index => call(`worse-${index}`))
  t.equal(countOf(await many(2, index => call(`worst-${index}`)), 'too-many-unknown-tokens'), 2)
  t.match(told, [{ limit: 'all' }, { limit: 'address' }], 'each once')
  t.equal(told.length, 2)
})

t.test('valid tokens and a verifier that is away cost nothing', async t => {
  const { verifier, call } = await withVerifier(t, { perMinuteOfAddress: 10, perMinute: 10 })
  for (let index = 0; index < 50; index++) t.equal(await call(`good-${index}`), 'user')
  const { answer } = verifier
  verifier.answer = (_asked, response) => json(response, 500, '')
  for (let index = 0; index < 50; index++) t.equal(await call(`lost-${index}`), 'verifier-away')
  verifier.answer = answer
  t.equal(await call('good-after'), 'user')
})

t.test('while the verifier hangs, floods from several addresses leave room for another', async t => {
  const { verifier, call, hold } = await withVerifier(t, { perMinute: 100_000, perMinuteOfAddress: 100_000 })
  t.equal(await call('good-known'), 'user')
  const release = hold()
  const flood = Array.from({ length: 1_200 }, (_, index) => call(`bad-${index}`, `192.0.2.${index % 3}`))
  const news = Array.from({ length: 20 }, (_, index) => call(`good-${index}`, '198.51.100.1'))
  t.equal(await call('good-known'), 'user', 'one that is kept')
  await until(() => verifier.asked.length > 1)
  release()
  t.same(new Set(await Promise.all(news)), new Set(['user']))
  const words = await Promise.all(flood)
  t.equal(countOf(words, 'token-unknown'), 192, 'three quarters of the room, a quarter each')
  t.equal(countOf(words, 'too-many-unknown-tokens'), 1_008)
})

t.test('one client is one IPv4 address, or one /64 of IPv6', async t => {
  for (const [address, network] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    [undefined, 'unknown'],
    ['x'.repeat(9_000), 'unknown'],
  ] as const)
    t.equal(clientNetwork(address), network)
})

t.test('tokens that are known do not pay for unknown ones', async t => {
  const { call } = await withVerifier(t, { perMinuteOfAddress: 2 })
  const words = []
  for (const token of ['bad-1', 'good-1', 'good-2', 'bad-2', 'bad-3']) words.push(await call(token))
  t.same(words, ['token-unknown', 'user', 'user', 'token-unknown', 'too-many-unknown-tokens'])
})

t.test('over HTTP a flood is 429 with Retry-After, and no call of it has a record of its own', async t => {
  const verifier = await playVerifier(t, (asked, response) =>
    tokenOf(asked) === 'canary-good' ? json(response, 200, { id: '1', login: 'user1' }) : json(response, 401, ''),
  )
  const { app, log } = await testApp(t, {
    authorization: {
      kind: 'user',
      verifier: { kind: 'yandexId', url: `${verifier.url}/info` },
      allow: { logins: ['user1'] },
      unknownTokens: { perMinuteOfAddress: 5 },
    },
  })
  const ask = (token: string) =>
    app.inject({ url: '/crm/objects/1', headers: { authorization: `OAuth canary-${token}` } })
  t.equal((await ask('good')).statusCode, 404)
  const answers = await many(100, index => ask(`bad-${index}`))
  const refused = answers.filter(({ statusCode }) => statusCode === 429)
  t.equal(refused.length, 95)
  t.match(refused[0]?.json(), { code: 'too-many-unknown-tokens', requestId: /./, hint: /Retry-After/ })
  t.match(refused[0]?.headers, { 'retry-after': /^[1-9][0-9]*$/ })
  t.equal((await ask('good')).statusCode, 404, 'a known caller is not hindered')
  t.match(
    log.filter(({ code }) => code === 'too-many-unknown-tokens'),
    [{ level: 'warn', application: 'crm', limit: 'address', address: '127.0.0.1' }],
  )
  t.equal(log.filter(({ status }) => status === 429).length, 0)
  t.notMatch(JSON.stringify(log), /canary/)
})

t.test('behind a trusted proxy each client has its own rate, and nobody else is believed', async t => {
  const verifier = await playVerifier(t, (asked, response) =>
    /good/.test(String(tokenOf(asked))) ? json(response, 200, { id: '1', login: 'user1' }) : json(response, 401, ''),
  )
  const { openReplica } = await testApp(t, {
    authorization: {
      kind: 'user',
      verifier: { kind: 'yandexId', url: `${verifier.url}/info` },
      allow: { logins: ['user1'] },
      unknownTokens: { perMinuteOfAddress: 5 },
    },
  })
  const { publicApp } = await openReplica({ trustedProxies: ['loopback', '10.0.0.0/8'] })
  const ask = async (token: string, forwarded: string, remoteAddress = '127.0.0.1') => {
    const headers = { authorization: `OAuth canary-${token}`, 'x-forwarded-for': forwarded }
    return (await publicApp.inject({ url: '/crm/objects/1', headers, remoteAddress })).statusCode
  }
  const flooding = '203.0.113.1, 10.0.0.7'
  await many(20, index => ask(`bad-${index}`, `198.51.100.${index}, ${flooding}`))
  t.equal(await ask('good-1', flooding), 429, 'however it calls itself')
  t.equal(await ask('good-2', '203.0.113.2, 10.0.0.7'), 404, 'another client of the same proxies')
  await many(20, index => ask(`worse-${index}`, `198.51.100.${index}`, '203.0.113.9'))
  t.equal(await ask('good-3', '203.0.113.3', '203.0.113.9'), 429, 'what an untrusted side says is not believed')
})
