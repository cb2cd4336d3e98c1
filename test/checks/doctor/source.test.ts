import t from 'tap'
import { sourceProbe } from '../../../src/checks/doctor/probes/source.ts'
import { verdictOf } from '../../../src/checks/doctor/verdict.ts'
import type { ApplicationEntry } from '../../../src/config/schema.ts'
import { doctorAfterCalls } from '../../support/doctor-ground.ts'
import { type PlayedUpstream, playUpstream } from '../../support/played-upstream.ts'

const { call, look, database } = await doctorAfterCalls(t)
const upstream = await playUpstream(t)
const well = upstream.answer

/** An application whose cards come from the played upstream, each asked for anew. */
const crm = (change: object = {}, cards: ApplicationEntry['cards'] = {}): Partial<ApplicationEntry> => ({
  objects: {
    source: 'http',
    url: `${upstream.origin}/deals/{{remoteKey}}?key=canary-query`,
    headers: { 'X-Token': 'Token canary-source' },
    privateHosts: ['127.0.0.1'],
    mapping: { summary: 'title' },
    ...change,
  },
  cards: { maxAgeSeconds: 0, staleWhileRevalidateSeconds: 0, ...cards },
})
const card = { url: '/crm/objects/D-1' }
const answers =
  (status: number, body: string): PlayedUpstream['answer'] =>
  (_seen, response) =>
    response.writeHead(status).end(body)
/** Answers the doctor once it has waited for longer than a call does. */
const answersLate =
  (milliseconds: number): PlayedUpstream['answer'] =>
  (_seen, response) =>
    void setTimeout(() => response.end('{"title":"Deal"}'), milliseconds)

const breakerOf = async () => ({ replica: 'other/1', state: 'closed' as const })

t.beforeEach(async () => {
  upstream.answer = well
  await database.callRecord.deleteMany()
})

t.test('a source that gives a card in time is well; without calls or links nobody knows what to ask for', async t => {
  t.same(await look(sourceProbe, crm()), [])
  t.equal(upstream.seen.length, 0)
  t.same(await call(crm(), card), [200])
  const asked = upstream.seen.length
  t.same(await look(sourceProbe, crm()), [])
  t.equal(upstream.seen.length, asked + 1, 'it is asked once, for the object of the last call')
  t.equal(upstream.seen.at(-1)?.path, '/deals/D-1?key=canary-query')
  t.same(await look(sourceProbe, {}, { object: 'D-1' }), [], 'the store has no source')
})

t.test('each way to fail has its code, with what was sent and what came', async t => {
  const cases = [
    [answers(401, 'no'), 'TLK-C22', 'source refuses this server', /answered 401 after \d+ ms/],
    [
      answers(200, '<!doctype html>canary-source'),
      'TLK-C23',
      'source answers no JSON that can be read',
      /begins with <!doctype html>\(hidden\)/,
    ],
    [answers(200, '{"name":"Deal"}'), 'TLK-C24', 'mapping fits no more: summary', /the answer: \{"name":"Deal"\}/],
    [answers(500, 'no'), 'TLK-C25', 'source failed', /answered 500/],
    [
      (_seen, response) => response.writeHead(302, { location: 'http://127.0.0.2/' }).end(),
      'TLK-C26',
      'source may not be asked',
      /another origin/,
    ],
  ] satisfies [PlayedUpstream['answer'], string, string, RegExp][]
  for (const [answer, code, says, evidence] of cases) {
    upstream.answer = answer
    const [found, ...others] = await look(sourceProbe, crm(), { object: 'D-1' })
    t.match(found, { code, says, next: 'tracker-links objects preview crm D-1', remoteKey: 'D-1' })
    t.match(found?.evidence.join('\n'), evidence)
    t.match(found?.evidence[0], `GET ${upstream.origin}/deals/D-1?key=…`)
    t.same(others, [])
    t.notMatch(JSON.stringify(found), /canary/)
  }
})

t.test(
  'a source that repeats our credentials shows none of them, and a key that looks like an option can be copied',
  async t => {
    const told = 'canary-source canary-query canary%2Bencoded canary+encoded canary-user canary-word'
    const change = {
      url: `${upstream.origin.replace('//', '//canary-user:canary-word@')}/deals/{{remoteKey}}?key=canary-query&other=canary%2Bencoded`,
    }
    for (const body of [JSON.stringify({ name: told }), JSON.stringify({ title: { said: told } }), `<p>${told}</p>`]) {
      upstream.answer = answers(200, body)
      const [found] = await look(sourceProbe, crm(change), { object: '-D 1' })
      t.match(found?.code, /TLK-C2[34]/)
      t.notMatch(JSON.stringify(found), /canary/)
      t.equal(found?.next, "tracker-links objects preview crm -- '-D 1'")
    }
  },
)

t.test('since when a source is away is told by the calls, and what Tracker got', async t => {
  const away = crm({ url: 'http://127.0.0.1:1/{{remoteKey}}' })
  t.same(await call(crm(), card), [200])
  t.same(await call(away, card, card, { url: '/crm/objects/D-7' }), [200, 200, 503])
  const [, first, , other] = await database.callRecord.findMany({ orderBy: { at: 'asc' } })
  const [found] = await look(sourceProbe, away, { object: 'D-1' })
  t.match(found, { code: 'TLK-C20', says: /^source away since \d\d:\d\d$/, since: first?.at })
  t.match(found?.evidence.join('\n'), /ECONNREFUSED[\s\S]*last good card: 2 calls so far; the last one with a card/)
  t.match(await look(sourceProbe, away, { object: 'D-7' }), [
    { since: other?.at, evidence: [/^GET/, String, /no card/] },
  ])
  const elsewhere = (await look(sourceProbe, away, { object: 'D-1', ground: { breakerOf } }))[0]?.evidence.slice(-2)
  t.match(elsewhere, [/^that call was answered by \S+\/\d+, whose breaker/, /^the breaker of other\/1 is closed/])
  t.match(await look(sourceProbe, crm(), { object: 'D-7' }), [
    { code: 'TLK-C35', says: /^no card of the source since \d\d:\d\d, although it answers now$/ },
  ])
  const stale = await look(sourceProbe, crm(), { object: 'D-1' })
  t.match(stale, [{ code: 'TLK-C34', says: /^last good card since \d\d:\d\d, although the source answers now$/ }])
  await call(crm(), card)
  t.same(await look(sourceProbe, crm(), { object: 'D-1' }), [])
})

t.test('a card that is shown from memory, or would be shown as the last good one, is out of date', async t => {
  const away = crm({ url: 'http://127.0.0.1:1/{{remoteKey}}' })
  t.same(await call(crm(), card), [200])
  const verdicts = async (object: string) => (await look(sourceProbe, away, { object })).map(verdictOf)
  t.same(await verdicts('D-1'), ['OUT OF DATE'], 'no call has failed yet')
  t.same(await verdicts('D-8'), ['NOT SHOWN'], 'no card of it was ever got')
  upstream.answer = answers(404, '')
  t.match((await look(sourceProbe, crm(), { object: 'D-1' })).map(verdictOf), ['NOT SHOWN'], 'the object is gone')
  upstream.answer = well
  await call(away, card)
  t.match(await look(sourceProbe, crm(), { object: 'D-1' }), [{ code: 'TLK-C34' }])
  const tomorrow = { now: () => Date.now() + 25 * 60 * 60_000 }
  t.same(await look(sourceProbe, crm(), { object: 'D-1', ground: tomorrow }), [], 'that is long ago')
})

t.test('for an issue without links the source is asked for another object', async t => {
  t.same(await call(crm(), card), [200])
  const away = crm({ url: 'http://127.0.0.1:1/{{remoteKey}}' })
  const [found] = await look(sourceProbe, away, { issue: 'TEST-404' })
  t.match(found, { code: 'TLK-C20', remoteKey: 'D-1', issueKey: undefined })
  upstream.answer = answers(404, '')
  t.same(await look(sourceProbe, crm(), { issue: 'TEST-404' }), [], 'nobody asked for that object')
})

t.test('a source that answers later than a call waits is slow, unless the calls get their cards', async t => {
  const hasty = crm({}, { budgetMilliseconds: 50 })
  await call(crm(), card)
  upstream.answer = answersLate(60)
  t.same(await look(sourceProbe, hasty, { object: 'D-1' }), [])
  t.same(await call(hasty, card), [200], 'the last good one')
  t.match(await look(sourceProbe, hasty, { object: 'D-1' }), [
    { code: 'TLK-C21', says: /^source slow since/, evidence: [/a call waits 50 ms/] },
  ])
  upstream.answer = () => undefined
  const cut = AbortSignal.timeout(200)
  await t.rejects(look(sourceProbe, crm(), { object: 'D-1', signal: cut }), { name: 'TimeoutError' })
})

t.test('an object that the source does not know, or cannot, is told to those who ask for it', async t => {
  upstream.answer = answers(404, '')
  t.match(await look(sourceProbe, crm(), { object: 'D-404' }), [
    { code: 'TLK-C30', says: 'the source has no object D-404', evidence: [/^GET/, /^answered 404/] },
  ])
  const patterned = crm({ keyPattern: 'E-\\d+' })
  t.match(await look(sourceProbe, patterned, { object: 'D 1' }), [
    { code: 'TLK-C31', says: 'D 1 is no key of this source', next: "tracker-links objects preview crm 'D 1'" },
  ])
  upstream.answer = well
  await call(crm(), card)
  upstream.answer = answers(404, '')
  t.same(await look(sourceProbe, crm()), [], 'the object of the last call may be gone since')
})
