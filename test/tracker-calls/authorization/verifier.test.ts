import t, { type Test } from 'tap'
import type { UserAuthorization } from '../../../src/config/schema.ts'
import { createAuthorizer } from '../../../src/tracker-calls/authorization/authorize.ts'
import { type Asked, json, keptRefusals, outcome, playVerifier, silent, word } from './played-verifier.ts'

const { lines, keep } = keptRefusals()

type Settings = UserAuthorization['verifier']

/** An application with the verifier that `settings` makes of the played one's address. The clock stands until it is moved. */
async function playing(
  t: Test,
  settings: (url: string) => Settings,
  allow: UserAuthorization['allow'] = { logins: ['user1'] },
) {
  const clock = { ms: 0 }
  const verifier = await playVerifier(t, (_asked, response) => json(response, 500, ''))
  const authorize = createAuthorizer(
    { kind: 'user', verifier: settings(verifier.url), allow },
    { applicationId: 'crm', log: silent, now: () => 1 + clock.ms },
  )
  const answers = (body: unknown, status = 200) => {
    verifier.answer = (_asked, response) => json(response, status, body)
    // Past all that is kept.
    clock.ms += 60_000
  }
  return { authorize: keep(authorize), answers, verifier, clock, lastAsked: () => verifier.asked.at(-1) as Asked }
}

const yandexId = (url: string): Settings => ({ kind: 'yandexId', url: `${url}/info?lang=en` })
const myself =
  (kind: 'yandex360' | 'cloud' = 'yandex360') =>
  (url: string): Settings => ({ kind: 'trackerMyself', url: `${url}/tracker/`, organization: { kind, id: '123' } })
const introspection = (url: string): Settings => ({
  kind: 'introspection',
  url: `${url}/introspect`,
  clientId: 'our client:1',
  clientSecret: 'canary-secret:+%',
})
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
const oauth = { authorization: 'OAuth canary-user+/=' }
const bearer = { authorization: 'bearer canary-user+/=' }

t.test('Yandex ID is asked as it documents', async t => {
  const { authorize, answers, lastAsked } = await playing(t, yandexId)
  answers({ id: '1000034426', login: 'user1', client_id: 'c', psuid: '1.A.b.c' })
  t.same(await authorize(bearer), { kind: 'user', login: 'user1', uid: 1000034426n })
  const { method, url, headers } = lastAsked()
  t.same([method, url], ['GET', '/info?lang=en&format=json'])
  t.equal(headers.authorization, 'OAuth canary-user+/=')
})

t.test("Tracker's myself is asked with the organization, and as Bearer where the caller says so", async t => {
  const { authorize, answers, lastAsked } = await playing(t, myself())
  answers('{"uid":9007199254740993,"login":"user1","trackerUid":1}')
  t.same(await authorize(oauth), { kind: 'user', login: 'user1', uid: 9007199254740993n })
  t.same([lastAsked().method, lastAsked().url], ['GET', '/tracker/v3/myself'])
  t.equal(lastAsked().headers.authorization, 'OAuth canary-user+/=')
  t.equal(lastAsked().headers['x-org-id'], '123')
  t.notOk(lastAsked().headers['x-cloud-org-id'])
  await authorize(bearer)
  t.equal(lastAsked().headers.authorization, 'Bearer canary-user+/=')

  const cloud = await playing(t, myself('cloud'))
  cloud.answers({ login: 'user1' })
  t.same(await cloud.authorize(oauth), { kind: 'user', login: 'user1' })
  t.equal(cloud.lastAsked().headers['x-cloud-org-id'], '123')
  t.notOk(cloud.lastAsked().headers['x-org-id'])
})

t.test('a token that is bad as OAuth may be good as Bearer', async t => {
  const { authorize, verifier } = await playing(t, myself())
  verifier.answer = ({ headers }, response) =>
    headers.authorization?.startsWith('Bearer') ? json(response, 200, { login: 'user1' }) : json(response, 401, {})
  t.equal(await word(authorize, oauth), 'token-unknown')
  t.equal(await word(authorize, bearer), 'user')
})

t.test('introspection is asked as RFC 7662 says, with our own credentials', async t => {
  const { authorize, answers, lastAsked } = await playing(t, introspection, { clientIds: ['tracker'] })
  answers('{"active":true,"client_id":"tracker","username":"user1","sub":"9007199254740993"}')
  t.same(await authorize(oauth), { kind: 'user', login: 'user1', uid: 9007199254740993n })
  const { method, url, headers, body } = lastAsked()
  t.same([method, url], ['POST', '/introspect'])
  t.equal(headers['content-type'], 'application/x-www-form-urlencoded')
  t.same(Object.fromEntries(new URLSearchParams(body)), { token: 'canary-user+/=', token_type_hint: 'access_token' })
  const credentials = Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString()
  t.ok(credentials === 'our+client%3A1:canary-secret%3A%2B%25', 'id and secret are form-encoded')
  answers({ active: true, client_id: 'tracker', sub: 'b2a6-uuid' })
  t.same(await authorize(oauth), { kind: 'user' }, 'a subject that is no uid is left out')
  answers({ active: false, client_id: 'tracker', username: 'user1' })
  t.equal(await word(authorize, oauth), 'token-unknown')
})

t.test('an introspected token is never let in beyond its own end', async t => {
  const { authorize, answers, verifier, clock } = await playing(t, introspection)
  answers({ active: true, username: 'user1', exp: inSeconds(20) })
  t.equal(await word(authorize, oauth), 'user')
  clock.ms += 10_000
  t.notOk(authorize(oauth) instanceof Promise)
  clock.ms += 10_000
  t.equal(await word(authorize, oauth), 'user')
  t.equal(verifier.asked.length, 2, 'asked again at its end')
  answers({ active: true, username: 'user1', exp: inSeconds(-1) })
  t.equal(await word(authorize, oauth), 'token-unknown', 'whatever the verifier says')
  const questions = verifier.asked.length
  t.equal(await word(authorize, oauth), 'token-unknown')
  t.equal(verifier.asked.length, questions, 'and not asked again at once')
  answers({ active: true, username: 'user1', exp: inSeconds(1e9) })
  await authorize(oauth)
  clock.ms += 60_000
  t.ok(authorize(oauth) instanceof Promise, 'a far end does not prolong the 60 s')
  answers({ active: true, username: 'user1', exp: null })
  t.equal(await word(authorize, oauth), 'user')
})

t.test('an array of one from myself is read as its user', async t => {
  const { authorize, answers } = await playing(t, myself())
  answers('[{"trackerUid":8000000000000001,"login":"user1"}]')
  t.same(await authorize(oauth), { kind: 'user', login: 'user1', uid: 8000000000000001n })
})

t.test('a user without a login, or with a uid that no column holds, is let in by what is left', async t => {
  const { authorize, answers } = await playing(t, myself(), { uids: ['0042'] })
  answers('{"uid":42}')
  t.same(await authorize(oauth), { kind: 'user', uid: 42n })
  const byLogin = await playing(t, myself())
  for (const uid of ['9223372036854775808', '-1', '1.5', '1e3', '"x"', 'null', '{}', 'true']) {
    byLogin.answers(`{"uid":${uid},"login":"user1"}`)
    t.same(await byLogin.authorize(oauth), { kind: 'user', login: 'user1' }, uid)
  }
})

t.test('only a verdict about the token is a 401; everything else means that the verifier is away', async t => {
  const statuses = [201, 204, 301, 302, 304, 307, 400, 404, 407, 408, 418, 429, 500, 502, 503, 504, 599]
  for (const [kind, settings, verdicts] of [
    ['yandexId', yandexId, [401, 403]],
    ['trackerMyself', myself(), [401, 403]],
    ['introspection', introspection, []],
  ] as const) {
    const { authorize, answers } = await playing(t, settings)
    for (const status of [401, 403, ...statuses]) {
      answers({ active: true, login: 'user1', username: 'user1' }, status)
      const isVerdict = (verdicts as readonly number[]).includes(status)
      t.equal(await word(authorize, oauth), isVerdict ? 'token-unknown' : 'verifier-away', `${kind} ${status}`)
      t.match(lines.at(-1), `answered with status ${status}`)
    }
  }
})

t.test('an answer that names no user lets nobody in', async t => {
  const bodies = [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '42',
    '{}',
    '[[]]',
    '[{"login":"user1"},{"login":"user1"}]',
    '<html>',
    'true',
  ]
  const odd = ['{"login":null}', '{"login":["user1"]}', '{"login":{"x":1}}', '{"login":""}', '{"login":"user1\\u0000"}']
  const deep = '['.repeat(30_000) + ']'.repeat(30_000)
  for (const settings of [yandexId, myself(), introspection]) {
    const { authorize, answers } = await playing(t, settings)
    for (const body of [
      ...bodies,
      ...odd,
      deep,
      '{"active":"true","username":"user1"}',
      '{"active":1,"username":"user1"}',
    ]) {
      answers(body)
      t.equal(await word(authorize, oauth), 'verifier-away', body.slice(0, 40))
    }
    answers('<html>')
    await word(authorize, oauth)
    t.match(lines.at(-1), 'answered with something that is not JSON', 'the operator is told which answer it was')
  }
  const { authorize, answers } = await playing(t, introspection)
  for (const body of ['{"active":true}', '{"active":true,"username":null}', '{"active":true,"login":"user1"}']) {
    answers(body)
    t.equal(await word(authorize, oauth), 'caller-not-allowed', body)
  }
  answers('{"active":true,"username":"user1","exp":"soon"}')
  t.equal(await word(authorize, oauth), 'verifier-away')
})

t.test('the log tells the operator how the verifier refused, and nothing of the token', async t => {
  const { authorize, answers } = await playing(t, myself())
  answers('canary-answer', 403)
  const refused = await outcome(authorize, oauth)
  t.match(JSON.parse(lines.at(-1) ?? ''), {
    application: 'crm',
    code: 'token-unknown',
    scheme: 'OAuth',
    because: 'Tracker answered with status 403',
  })
  t.notMatch(JSON.stringify(refused), /canary-/)
})

t.test('an address that is none is refused at the start', async t => {
  for (const settings of [yandexId, myself(), introspection])
    t.throws(
      () =>
        createAuthorizer(
          { kind: 'user', verifier: settings('http://[bad'), allow: { logins: ['user1'] } },
          { applicationId: 'crm', log: silent },
        ),
      { code: 'ERR_INVALID_URL' },
    )
})

t.test('no log line of all this holds a token, a secret or an answer', async t => {
  t.notMatch(lines.join(''), /canary-/)
})
