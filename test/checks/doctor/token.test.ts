import t from 'tap'
import { proxyProbe } from '../../../src/checks/doctor/probes/proxy.ts'
import { tokenProbe } from '../../../src/checks/doctor/probes/token.ts'
import type { Authorization } from '../../../src/config/schema.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { doctorAfterCalls, linesOf } from '../../support/doctor-ground.ts'
import { json, playVerifier } from '../../tracker-calls/authorization/played-verifier.ts'

const { call, look, objects, database } = await doctorAfterCalls(t)
const right = 'canary-right'
const fixed = (...tokens: string[]) => ({ authorization: { kind: 'token', tokens } }) as const
const card = (headers: Record<string, string> = {}) => ({ url: '/crm/objects/D-1', headers })
const withToken = (token: string, scheme = 'OAuth') => card({ authorization: `${scheme} ${token}` })
const from = (agent: string, token: string) => card({ authorization: `OAuth ${token}`, 'user-agent': agent })

/** The findings without moments, which are of now. */
const lines = async (change: Parameters<typeof look>[1]) =>
  linesOf(await look(tokenProbe, change)).map(line => line.replaceAll(/\d\d:\d\d/g, 'NOW'))

t.before(() => objects.put('crm', [{ key: 'D-1' as RemoteKey, summary: 'One' }]))
t.beforeEach(() => database.callRecord.deleteMany())

t.test('without calls, or with accepted ones, nothing is said', async t => {
  t.same(await look(tokenProbe, fixed(right)), [])
  t.same(await call(fixed(right), withToken('canary-wrong'), withToken(right)), [401, 200])
  t.same(await look(tokenProbe, fixed(right)), [], 'the latest call decides')
  await call(fixed(right), withToken('canary-wrong'))
  t.same(await look(tokenProbe), [], 'anybody may call by now')
})

t.test(
  'a refused token is told with the first refusal after the last accepted call, and how many there were',
  async t => {
    await call(fixed(right), withToken(right))
    await call(fixed('canary-next', 'canary-other'), withToken(right), withToken(right), withToken(right))
    const asked = { issue: 'TEST-7', object: 'D-1' }
    const [found, ...others] = await look(tokenProbe, fixed('canary-next', 'canary-other'), asked)
    const [, first] = await database.callRecord.findMany({ orderBy: { at: 'asc' } })
    t.match(found, {
      code: 'TLK-C12',
      says: /^token refused since \d\d:\d\d$/,
      next: 'tracker-links registration crm --with-token',
      since: first?.at,
      applicationId: 'crm',
      issueKey: 'TEST-7',
      remoteKey: 'D-1',
    })
    t.match(found?.evidence, [
      /entityInfo D-1 was answered 401 token-unknown \(request \S+\)$/,
      /^3 calls so far; the last one let in was at \d\d:\d\d$/,
      'the token, which came as OAuth, is none of the 2 in `authorization.tokens`',
    ])
    t.same(others, [])
    t.notMatch(JSON.stringify(found), /canary/)
  },
)

t.test(
  "somebody's stray call is a warning until Tracker's next call, and Tracker's own refusal is told at once",
  async t => {
    await call(fixed(right), from('Java/17.0.2', right), from('curl/8.5.0', 'canary-wrong'))
    t.same(await lines(fixed(right)), ['TLK-C41 curl, hardly Tracker, is refused since NOW'])
    t.match(await look(tokenProbe, fixed(right)), [
      {
        next: 'tracker-links calls list --application crm',
        evidence: [
          /was answered 401 token-unknown/,
          /^1 call of curl so far/,
          /accepted: java, the last time at \d\d:\d\d$/,
        ],
      },
    ])
    await call(fixed(right), from('Java/17.0.2', right))
    t.same(await look(tokenProbe, fixed(right)), [])
    await call(fixed(right), from('Java/17.0.3', 'canary-wrong'), from('curl/8.5.0', right))
    const [found, ...others] = await look(tokenProbe, fixed(right))
    t.match(found, {
      code: 'TLK-C12',
      evidence: [/token-unknown/, /^1 call so far/, /^calls of others are accepted: curl,/],
    })
    t.same(others, [])
  },
)

t.test('a call without a token, and a token in another scheme or header, each have their code', async t => {
  await call(fixed(right), card())
  t.same(await lines(fixed(right)), ['TLK-C10 no token since NOW'])
  const cases = [
    [
      withToken(right, 'Token'),
      'as Token, not as OAuth or Bearer,',
      /^Add Token to `authorization.schemes` of crm, then/,
    ],
    [card({ authorization: right }), 'without a scheme, not as OAuth or Bearer,', /^Add bare to/],
    [withToken(right, 'Canary'), 'in another scheme than OAuth or Bearer', /^Add the scheme that Tracker was/],
    [
      card({ 'x-api-token': right }),
      'in the header x-api-token, not in Authorization,',
      /header` of crm to x-api-token/,
    ],
  ] as const
  for (const [request, how, next] of cases) {
    await database.callRecord.deleteMany()
    t.same(await call(fixed(right), request), [401])
    t.same(await lines(fixed(right)), [`TLK-C11 token ${how} since NOW`])
    t.match(await look(tokenProbe, fixed(right)), [{ next }])
  }
  t.notMatch(JSON.stringify([await look(tokenProbe, fixed(right)), await database.callRecord.findMany()]), /canary/i)
})

t.test('a user who is not allowed, and a verifier that is away, are told; a trigger is none of the calls', async t => {
  const verifier = await playVerifier(t, (_asked, response) => json(response, 200, { login: 'user2', client_id: 'c' }))
  const authorization = {
    kind: 'user' as const,
    verifier: { kind: 'yandexId' as const, url: `${verifier.url}/info` },
    allow: { logins: ['user1'] },
  } satisfies Authorization
  const change = { authorization, triggers: { token: 'canary-trigger' } }
  t.same(await call(change, withToken(right)), [403])
  t.same(await lines(change), ['TLK-C13 the owner of the token is not allowed since NOW'])
  verifier.answer = (_asked, response) => json(response, 500, {})
  t.same(await call(change, withToken(right)), [503])
  t.same(await lines(change), ['TLK-C14 no verdict on tokens since NOW'])
  t.match(await look(tokenProbe, change), [{ next: `See why the verifier at ${verifier.url} gives no answer` }])
  await database.callRecord.deleteMany()
  const trigger = { method: 'POST', url: '/crm/triggers', headers: { authorization: 'OAuth canary-wrong' } } as const
  t.same(await call(change, trigger), [401])
  t.same(await look(tokenProbe, change), [])
})

t.test('a token that is to be taken out is told for as long as calls present it', async t => {
  const rotated = fixed('canary-next', right)
  await call(rotated, withToken(right), withToken('canary-next', 'bearer'))
  t.match(await database.callRecord.findMany({ orderBy: { at: 'asc' } }), [
    { scheme: 'OAuth', tokenPlace: 2 },
    { scheme: 'Bearer', tokenPlace: 1 },
  ])
  t.same(await lines(rotated), ['TLK-C40 Tracker still presents token 2 of 2, the last time at NOW'])
  t.match(await look(tokenProbe, rotated), [{ next: 'tracker-links registration crm --with-token' }])
  t.same(await look(tokenProbe, fixed('canary-next')), [], 'it was taken out')
  await call(rotated, ...Array.from({ length: 20 }, () => withToken('canary-next')))
  t.same(await look(tokenProbe, rotated), [])
})

t.test('a proxy that is not named is told where users present their own tokens', async t => {
  const verifier = await playVerifier(t, (_asked, response) => json(response, 200, { login: 'user1', client_id: 'c' }))
  const change = {
    authorization: {
      kind: 'user' as const,
      verifier: { kind: 'yandexId' as const, url: `${verifier.url}/info` },
      allow: { logins: ['user1'] },
    },
  }
  await database.callRecord.deleteMany()
  await call(change, withToken(right))
  t.same(await look(proxyProbe, change), [], 'no proxy')
  const forwarded = withToken(right)
  await call(change, { ...forwarded, headers: { ...forwarded.headers, 'x-forwarded-for': '203.0.113.1' } })
  t.match(await look(proxyProbe, change), [
    { code: 'TLK-C43', next: /^Set TRUSTED_PROXIES/, evidence: [/^1 of the last 2 calls/, String] },
  ])
  t.same(await look(proxyProbe, fixed(right)), [], 'a fixed token needs no rate')
  t.same(await look(proxyProbe, change, { ground: { trustedProxies: ['10.0.0.1'] } }), [])
})
