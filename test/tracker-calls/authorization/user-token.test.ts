import type { ServerResponse } from 'node:http'
import * as fc from 'fast-check'
import t, { type Test } from 'tap'
import type { UserAuthorization } from '../../../src/config/schema.ts'
import { createAuthorizer } from '../../../src/tracker-calls/authorization/authorize.ts'
import { type Asked, json, keptRefusals, outcome, playVerifier, silent, tokenOf, word } from './played-verifier.ts'

const { lines, keep } = keptRefusals()

/** An application whose callers Yandex ID vouches for: tokens of `good` are valid. The clock stands until it is moved. */
async function withYandexId(t: Test, more: { good?: string[]; allow?: UserAuthorization['allow'] } = {}) {
  const good = new Set(more.good ?? ['canary-good'])
  const clock = { ms: 0 }
  const verifier = await playVerifier(t, (asked, response) =>
    good.has(tokenOf(asked) ?? '')
      ? json(response, 200, { id: '9223372036854775807', login: 'user1', client_id: 'tracker' })
      : json(response, 401, 'not known: canary-answer'),
  )
  const authorize = createAuthorizer(
    {
      kind: 'user',
      verifier: { kind: 'yandexId', url: `${verifier.url}/info` },
      allow: more.allow ?? { logins: ['user1'] },
      unknownTokens: { perMinute: 1_000_000, perMinuteOfAddress: 1_000_000 },
    },
    { applicationId: 'crm', log: silent, now: () => 1 + clock.ms },
  )
  return { authorize: keep(authorize), verifier, good, clock }
}

const good = { authorization: 'OAuth canary-good' }
const bad = { authorization: 'OAuth canary-bad' }

t.test('the owner of a valid token becomes the actor, with every digit of the uid', async t => {
  const { authorize } = await withYandexId(t)
  t.same(await authorize(good), { kind: 'user', login: 'user1', uid: 9223372036854775807n })
})

t.test('a token that the verifier does not know is refused with a challenge', async t => {
  const { authorize } = await withYandexId(t)
  t.match(await outcome(authorize, bad), {
    code: 'token-unknown',
    headers: { 'www-authenticate': 'OAuth realm="crm", Bearer realm="crm"' },
  })
})

t.test('a missing token, or what cannot be one, is refused without asking', async t => {
  const { authorize, verifier } = await withYandexId(t)
  t.equal(await word(authorize, {}), 'token-missing')
  t.equal(await word(authorize, { authorization: 'canary-good' }), 'token-missing')
  for (const token of [
    'canary good',
    'canary-\u0001',
    'canary-\u00e9',
    'canary-\r\nx: y',
    `canary-${'x'.repeat(8_000)}`,
  ])
    t.match(await word(authorize, { authorization: `OAuth ${token}` }), /^token-/)
  t.equal(verifier.asked.length, 0)
})

t.test('100 calls at once ask one question', async t => {
  const { authorize, verifier } = await withYandexId(t)
  const words = await Promise.all(Array.from({ length: 100 }, () => word(authorize, good)))
  t.same(new Set(words), new Set(['user']))
  t.equal(verifier.asked.length, 1)
  await Promise.all(Array.from({ length: 100 }, () => word(authorize, bad)))
  t.equal(verifier.asked.length, 2)
})

t.test('a good answer is kept for 60 s and then asked for again', async t => {
  const { authorize, verifier, clock } = await withYandexId(t)
  await authorize(good)
  clock.ms = 59_999
  t.notOk(authorize(good) instanceof Promise, 'a kept answer is there at once')
  t.equal(verifier.asked.length, 1)
  clock.ms = 60_000
  await authorize(good)
  t.equal(verifier.asked.length, 2)
})

t.test('a revoked token is let in for 60 s from the question at most', async t => {
  const { authorize, verifier, good: valid, clock } = await withYandexId(t)
  const revokeWhileAnswering = verifier.answer
  verifier.answer = (asked, response) => {
    revokeWhileAnswering(asked, response)
    valid.clear()
    // The answer is under way for 2 s.
    clock.ms = 2_000
  }
  await authorize(good)
  clock.ms = 59_999
  t.equal(await word(authorize, good), 'user')
  clock.ms = 60_000
  t.equal(await word(authorize, good), 'token-unknown')
})

t.test('a bad answer is kept for 10 s, so that a new token works soon', async t => {
  const { authorize, verifier, good: valid, clock } = await withYandexId(t)
  t.equal(await word(authorize, bad), 'token-unknown')
  valid.add('canary-bad')
  clock.ms = 9_999
  t.equal(await word(authorize, bad), 'token-unknown')
  t.equal(verifier.asked.length, 1)
  clock.ms = 10_000
  t.equal(await word(authorize, bad), 'user')
})

t.test('while the verifier is away kept good tokens go on until their time ends, and others get 503', async t => {
  const { authorize, verifier, good: valid, clock } = await withYandexId(t)
  valid.add('canary-second')
  const second = { authorization: 'OAuth canary-second' }
  await authorize(good)
  const port = Number(new URL(verifier.url).port)
  await verifier.stop()
  t.equal(await word(authorize, good), 'user')
  t.match(await outcome(authorize, second), { code: 'verifier-away', status: 503, headers: { 'retry-after': '5' } })
  t.equal(await word(authorize, bad), 'verifier-away')
  clock.ms = 60_000
  t.equal(await word(authorize, good), 'verifier-away')
  await verifier.start(port)
  t.equal(await word(authorize, good), 'user', 'a failure is not kept')
  t.equal(await word(authorize, second), 'user')
  t.equal(await word(authorize, bad), 'token-unknown')
})

t.test('calls that wait for a verifier that fails all get 503, and each record says why', async t => {
  const { authorize, verifier } = await withYandexId(t)
  verifier.answer = (_asked, response) => json(response, 500, 'canary-answer')
  const before = lines.length
  const words = await Promise.all(Array.from({ length: 20 }, () => word(authorize, good)))
  t.same(new Set(words), new Set(['verifier-away']))
  t.equal(verifier.asked.length, 1)
  t.same(
    lines.slice(before).map(line => JSON.parse(line).because),
    words.map(() => 'The verifier of user tokens answered with status 500.'),
  )
})

t.test('a flood of wrong tokens does not push a good one out', async t => {
  const { authorize, verifier } = await withYandexId(t)
  await authorize(good)
  const wave = (from: number) =>
    Promise.all(Array.from({ length: 100 }, (_, n) => word(authorize, { authorization: `OAuth canary-${from + n}` })))
  for (let from = 0; from < 5_200; from += 100) await wave(from)
  const questions = verifier.asked.length
  t.equal(await word(authorize, good), 'user')
  t.equal(verifier.asked.length, questions)
  t.equal(await word(authorize, { authorization: 'OAuth canary-0' }), 'token-unknown')
  t.equal(verifier.asked.length, questions + 1, 'the oldest wrong one made room')
})

t.test('every list that is given must hold the caller', async t => {
  const me = { logins: ['someone', 'user1'], uids: ['1', '9223372036854775807'], clientIds: ['tracker'] }
  const cases: [UserAuthorization['allow'], string | undefined][] = [
    [me, undefined],
    [{ uids: me.uids }, undefined],
    [{ clientIds: me.clientIds }, undefined],
    [{ logins: ['USER1'] }, 'logins'],
    [{ logins: [] }, 'logins'],
    [{ ...me, logins: ['other'] }, 'logins'],
    [{ ...me, clientIds: ['other'] }, 'clientIds'],
    [{ ...me, uids: ['9223372036854775806'] }, 'uids'],
    // A double would take it for …807.
    [{ uids: ['9223372036854775808'] }, 'uids'],
  ]
  for (const [allow, list] of cases) {
    const { authorize, verifier } = await withYandexId(t, { allow })
    const first = await outcome(authorize, good)
    const again = await outcome(authorize, good)
    t.equal(verifier.asked.length, 1, 'a refusal is kept as well')
    for (const ended of [first, again])
      if (list === undefined) t.match(ended, { kind: 'user' })
      else
        t.match(ended, {
          code: 'caller-not-allowed',
          status: 403,
          message: `The owner of the token is not in authorization.allow of this application (${list}).`,
        })
  }
  const { authorize } = await withYandexId(t, { allow: {} })
  t.equal(await word(authorize, good), 'caller-not-allowed', 'without any list nobody is let in')
})

const away = (_asked: Asked, response: ServerResponse) => json(response, 502, '')

type Step = { do: 'call' | 'grant' | 'revoke'; token: string } | { do: 'wait'; ms: number } | { do: 'away' | 'back' }

t.test('whatever happens, only tokens that were valid within the last 60 s are let in', async t => {
  const tokens = ['canary-1', 'canary-2', 'canary-3']
  const token = fc.constantFrom(...tokens)
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('call' as const), token }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('grant' as const, 'revoke' as const), token }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 70_000 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('away' as const, 'back' as const) }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async steps => {
      const { authorize, verifier, good: valid, clock } = await withYandexId(t, { good: [] })
      const normal = verifier.answer
      const lastValid = new Map<string, number>()
      for (const one of steps) {
        for (const token of valid) lastValid.set(token, clock.ms)
        if ('ms' in one) clock.ms += one.ms
        else if (!('token' in one)) verifier.answer = one.do === 'away' ? away : normal
        else if (one.do === 'grant') valid.add(one.token)
        else if (one.do === 'revoke') valid.delete(one.token)
        else {
          const ended = await word(authorize, { authorization: `OAuth ${one.token}` })
          const since = valid.has(one.token) ? 0 : clock.ms - (lastValid.get(one.token) ?? Number.NEGATIVE_INFINITY)
          if (ended === 'user' && since >= 60_000) return false
          if (!['user', 'token-unknown', 'verifier-away'].includes(ended)) return false
        }
      }
      await verifier.stop()
      return true
    }),
    { numRuns: 150 },
  )
})

t.test('no log line of all this holds a token or an answer of the verifier', async t => {
  t.ok(lines.length > 0)
  t.notMatch(lines.join(''), /canary-/)
})
