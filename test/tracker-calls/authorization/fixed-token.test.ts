import * as fc from 'fast-check'
import t from 'tap'
import type { Authorization } from '../../../src/config/schema.ts'
import { Problem } from '../../../src/errors/problem.ts'
import { type Authorize, createAuthorizer } from '../../../src/tracker-calls/authorization/authorize.ts'
import { keptRefusals, silent } from './played-verifier.ts'

const { lines, keep } = keptRefusals()
const authorizer = (authorization: Authorization) =>
  keep(createAuthorizer(authorization, { applicationId: 'crm', log: silent }))
const fixed = (more: object = {}) => authorizer({ kind: 'token', tokens: ['canary-old', 'canary-new'], ...more })

function refusal(call: () => unknown): Problem {
  try {
    call()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('the call was let in')
}

function isLetIn(authorize: Authorize, authorization: string): boolean {
  try {
    return 'kind' in authorize({ authorization })
  } catch {
    return false
  }
}

t.test('without authorization anybody is let in as Tracker', async t => {
  const authorize = authorizer({ kind: 'none' })
  t.same(authorize({}), { kind: 'tracker' })
  t.same(authorize({ authorization: 'OAuth canary-any' }), { kind: 'tracker' })
})

t.test('each configured token is let in as Tracker, at once and with the scheme in any case', async t => {
  const authorize = fixed()
  for (const authorization of [
    'OAuth canary-old',
    'OAuth canary-new',
    'oauth canary-old',
    'Bearer canary-old',
    'BEARER canary-new',
    'OAuth   canary-new',
  ])
    t.same(authorize({ authorization }), { kind: 'tracker' })
})

t.test('a wrong token is unknown', async t => {
  const authorize = fixed()
  for (const authorization of [
    'OAuth canary-ol',
    'OAuth canary-oldd',
    'OAuth Canary-old',
    'OAuth canary-old canary-new',
    'OAuth canary-old,canary-new',
    'OAuth OAuth canary-old',
    'OAuth "canary-old"',
    'OAuth canary-old\u00e9',
  ])
    t.equal(refusal(() => authorize({ authorization })).code, 'token-unknown')
})

t.test('no token, or one in a form that is not accepted, is missing, and the answer says what is accepted', async t => {
  const authorize = fixed()
  const absent = refusal(() => authorize({}))
  t.match(absent, { code: 'token-missing', status: 401 })
  t.equal(absent.message, 'The header Authorization is missing; it takes "OAuth <token>" or "Bearer <token>".')
  for (const authorization of [
    '',
    'OAuth',
    'canary-old',
    'Basic canary-old',
    'canary-old canary-new',
    'OAuthcanary-old x',
    'OAuth\tcanary-old',
    'OAuth: canary-old',
  ])
    t.equal(refusal(() => authorize({ authorization })).code, 'token-missing')
  t.equal(
    refusal(() => authorize({ authorization: 'Basic canary-old' })).message,
    'The header Authorization holds no token in an accepted form; it takes "OAuth <token>" or "Bearer <token>".',
  )
})

t.test('a bare token is accepted if the configuration says so, and only with nothing before it', async t => {
  const authorize = fixed({ schemes: ['bare'] })
  t.same(authorize({ authorization: 'canary-new' }), { kind: 'tracker' })
  t.equal(refusal(() => authorize({ authorization: 'canary-other' })).code, 'token-unknown')
  for (const authorization of ['OAuth canary-new', 'bare canary-new', 'canary-old canary-new'])
    t.equal(refusal(() => authorize({ authorization })).code, 'token-missing')
  t.same(fixed({ schemes: ['OAuth', 'bare'] })({ authorization: 'oauth canary-new' }), { kind: 'tracker' })
})

t.test('the token may come in another header, whose name is written in any case', async t => {
  const authorize = fixed({ header: 'X-Tracker-Token', schemes: ['bare', 'Token'] })
  t.same(authorize({ 'x-tracker-token': 'canary-new' }), { kind: 'tracker' })
  t.same(authorize({ 'x-tracker-token': 'TOKEN canary-new' }), { kind: 'tracker' })
  t.equal(refusal(() => authorize({ authorization: 'canary-new' })).code, 'token-missing')
  t.equal(refusal(() => authorize({ 'x-tracker-token': 'canary-new, canary-new' })).code, 'token-missing')
  for (const header of ['__proto__', 'constructor', 'set-cookie'])
    t.equal(refusal(() => fixed({ header })({ 'set-cookie': ['OAuth canary-new'] })).code, 'token-missing')
})

t.test('every 401 carries a valid challenge that names what is accepted', async t => {
  const challenge = (more?: object) => refusal(() => fixed(more)({})).headers['www-authenticate']
  t.equal(challenge(), 'OAuth realm="crm", Bearer realm="crm"')
  t.equal(challenge({ schemes: ['bare'] }), 'ApiKey realm="crm", header="Authorization"')
  t.equal(
    challenge({ header: 'X-Token', schemes: ['bare', 'OAuth'] }),
    'ApiKey realm="crm", header="X-Token", OAuth realm="crm", header="X-Token"',
  )
  const unknown = refusal(() => fixed()({ authorization: 'OAuth canary-other' }))
  t.equal(unknown.headers['www-authenticate'], 'OAuth realm="crm", Bearer realm="crm"')
})

t.test('a token that is not ASCII is compared by its bytes', async t => {
  const authorize = authorizer({ kind: 'token', tokens: ['canary-ключ'] })
  const asNodeGivesIt = Buffer.from('canary-ключ').toString('latin1')
  t.same(authorize({ authorization: `OAuth ${asNodeGivesIt}` }), { kind: 'tracker' })
  t.throws(() => authorize({ authorization: 'OAuth canary-:;NG' }))
})

t.test('no token that is not configured is let in', async t => {
  const visible = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map(code => String.fromCharCode(code)) })
  const nearly = (token: string) =>
    fc.oneof(
      fc.nat(token.length).map(length => token.slice(0, length)),
      fc.nat(token.length).map(start => token.slice(start)),
      visible.map(more => token + more),
      visible.map(more => more + token),
      fc.constant(token.toUpperCase()),
    )
  const tokens = fc.array(
    visible.map(text => `canary-${text.trim()}`),
    { minLength: 1, maxLength: 4 },
  )
  const scheme = fc.constantFrom('OAuth ', 'Bearer ', 'oauth ', 'Basic ', '', 'OAuth', ' ')
  const call = tokens.chain(tokens =>
    fc.tuple(fc.constant(tokens), scheme, fc.oneof(fc.constantFrom(...tokens), nearly(tokens[0] as string), visible)),
  )
  let letIn = 0
  fc.assert(
    fc.property(call, ([tokens, scheme, token]) => {
      // As in a request: no blanks around a value; bytes of a configured token are UTF-8, those of a header Latin-1.
      const authorization = `${scheme}${token}`.trim()
      const bytes = Buffer.from(authorization, 'latin1')
      const isRight = tokens.some(known =>
        [...authorization.matchAll(/^(?:oauth|bearer) +/gi)].some(([before]) =>
          bytes.subarray(before.length).equals(Buffer.from(known)),
        ),
      )
      const accepted = isLetIn(authorizer({ kind: 'token', tokens }), authorization)
      if (accepted) letIn++
      return accepted === isRight
    }),
    { numRuns: 5_000 },
  )
  t.ok(letIn > 100, 'right tokens were among those tried')
})

t.test('a refusal is recorded with application, code and scheme', async t => {
  const before = lines.length
  const authorize = fixed()
  for (const authorization of ['', 'canary-old', 'OAuth canary-x', 'Basic canary-x', 'canary-x canary-y'])
    refusal(() => authorize({ authorization }))
  const told = lines
    .slice(before)
    .map(line => JSON.parse(line) as { application: string; code: string; scheme: string })
  t.same(
    told.map(({ application, code, scheme }) => [application, code, scheme]),
    [
      ['crm', 'token-missing', 'absent'],
      ['crm', 'token-missing', 'bare'],
      ['crm', 'token-unknown', 'OAuth'],
      ['crm', 'token-missing', 'Basic'],
      ['crm', 'token-missing', 'other'],
    ],
  )
  t.notMatch(lines.join(''), /canary-/)
})
