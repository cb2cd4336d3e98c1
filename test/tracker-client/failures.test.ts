import t, { type Test } from 'tap'
import { createTrackerClient } from '../../src/tracker-client/create-tracker-client.ts'
import { createRateBudget } from '../../src/tracker-client/rate-budget.ts'
import { type PlayedAnswer, type PlayedRequest, playedTracker } from '../support/played-tracker.ts'

async function clientOf(
  t: Test,
  answer: (request: PlayedRequest) => PlayedAnswer,
  more: { signal?: AbortSignal; firstPauseMs?: number } = {},
) {
  const tracker = await playedTracker(t, answer)
  const client = createTrackerClient({
    url: tracker.url,
    kind: 'cloud',
    id: '7',
    token: 'canary-tracker',
    scheme: 'Bearer',
    rate: { search: 1_000, other: 1_000 },
    firstPauseMs: 1,
    ...more,
  })
  t.teardown(() => client.close())
  return { client, ...tracker }
}

const remoteLink = { id: 1, type: { id: 'relates' }, object: { key: '1', application: { id: 'crm' } } }
const wish = { key: '1', origin: 'crm' }
/** Answers from a list, the last one for ever. */
const inTurn = (...answers: PlayedAnswer[]) => {
  let next = 0
  return () => answers[Math.min(next++, answers.length - 1)] as PlayedAnswer
}

t.test("each refusal is explained, with Tracker's words and without the token", async t => {
  const words: Record<number, RegExp> = {
    400: /wrong value or form/,
    401: /token is wrong or has expired/,
    403: /Check the organization id and its `kind`/,
    404: /it does not exist/,
    409: /somebody else changed it at the same time, or it exists already/,
    412: /version in the request is not the present one/,
    413: /too large/,
    418: /documents do not name this answer/,
    302: /redirects are not followed/,
    422: /did not pass its checks/,
    423: /highest version/,
    428: /version of the issue is missing/,
  }
  for (const [status, meaning] of Object.entries(words)) {
    const body = { errors: { origin: 'no canary-tracker' }, errorMessages: ['Not so.'], statusCode: Number(status) }
    const { client, requests } = await clientOf(t, () => ({ status: Number(status), body }))
    await t.rejects(client.remoteLinks.add('TEST-1', wish), {
      failure: 'refused',
      status: Number(status),
      words: ['Not so.', 'origin: no …'],
      mayBeDone: false,
      message: new RegExp(
        `Tracker answered POST /v3/issues/TEST-1/remotelinks with ${status}: .*${meaning.source}.* Tracker says: Not so\\.; origin: no …$`,
      ),
    })
    t.equal(requests.length, 1, `${status} is not repeated`)
  }
})

t.test('the words of a refusal can be stored and shown, whatever is in them', async t => {
  const body = { errorMessages: ['a\0b\u001B[2J\nc', `${'x'.repeat(299)}\u{1F600}`, '\uD800'] }
  const { client } = await clientOf(t, () => ({ status: 404, body }))
  await t.rejects(client.issues.get('TEST-1'), {
    status: 404,
    words: ['a\\u0000b\\u001b[2J c', `${'x'.repeat(299)}\uFFFD`, '\uFFFD'],
    message: /Tracker says: a\\u0000b/,
  })
})

t.test('a refusal may have no words, or those of a proxy', async t => {
  for (const body of [
    '',
    '<html>Bad</html>',
    '[]',
    'null',
    '{"errorMessages": "x", "errors": null}',
    { errorMessages: [1, ' '] },
  ]) {
    const { client } = await clientOf(t, () => ({ status: 404, body }))
    await t.rejects(client.issues.get('TEST-1'), { status: 404, words: [], message: /may see it\.$/ })
  }
})

t.test('what only reads, or does no harm twice, is repeated after a failure of Tracker', async t => {
  for (const failure of [{ status: 500 }, { status: 503, headers: { 'retry-after': '0' } }, 'hang up'] as const) {
    const reading = await clientOf(t, inTurn(failure, failure, { body: [remoteLink] }))
    t.equal((await reading.client.remoteLinks.list('TEST-1')).length, 1)
    t.equal(reading.requests.length, 3)
    const removing = await clientOf(t, inTurn(failure, { status: 204 }))
    t.equal(await removing.client.remoteLinks.remove('TEST-1', '1'), 'removed')
    const gone = await clientOf(t, inTurn(failure, { status: 404 }))
    t.equal(await gone.client.remoteLinks.remove('TEST-1', '1'), 'absent', 'it was removed at the first time')
    const counting = await clientOf(t, inTurn(failure, { body: 12 }))
    t.equal(await counting.client.issues.count({ queue: 'TEST' }), 12)
  }
  const { client, requests } = await clientOf(t, () => ({ status: 500 }))
  await t.rejects(client.users.myself(), { status: 500, mayBeDone: false, message: /failed inside/ })
  t.equal(requests.length, 4, 'not for ever')
})

t.test('a write that may have been done is sent once', async t => {
  for (const failure of [{ status: 500 }, { status: 503 }, 'hang up'] as const) {
    const { client, requests } = await clientOf(t, () => failure)
    await t.rejects(client.remoteLinks.add('TEST-1', wish), {
      mayBeDone: true,
      message: /Tracker may have done it nevertheless: look before you repeat it\./,
    })
    await t.rejects(client.issues.change('TEST-1', { summary: 'x' }), { mayBeDone: true, message: /PATCH/ })
    t.equal(requests.length, 2)
  }
})

t.test('a write that got a 429 is sent again when Tracker says', async t => {
  for (const later of ['0', new Date(0).toUTCString(), undefined]) {
    const refusal = { status: 429, ...(later !== undefined && { headers: { 'retry-after': later } }) }
    const { client, requests } = await clientOf(t, inTurn(refusal, refusal, { status: 201, body: remoteLink }))
    t.match(await client.remoteLinks.add('TEST-1', wish, { backlink: true }), { id: '1' })
    t.equal(requests.length, 3)
    t.equal(requests[2]?.target, '/v3/issues/TEST-1/remotelinks?backlink=true')
    t.same(JSON.parse(requests[2]?.body ?? ''), { relationship: 'RELATES', key: '1', origin: 'crm' })
  }
  const tooLong = await clientOf(t, () => ({ status: 429, headers: { 'retry-after': '3600' } }))
  await t.rejects(tooLong.client.remoteLinks.add('TEST-1', wish), {
    status: 429,
    mayBeDone: false,
    message: /too many requests/,
  })
  t.equal(tooLong.requests.length, 1, 'an hour is told, not waited for')
})

t.test('if the connection is refused, a write is retried and reported as not done', async t => {
  const { client, close, requests } = await clientOf(t, () => ({}))
  close()
  await t.rejects(client.remoteLinks.add('TEST-1', wish), {
    failure: 'unreachable',
    mayBeDone: false,
    message: 'Tracker cannot be reached (ECONNREFUSED). Check the network, and `url` of the organization.',
  })
  t.equal(requests.length, 0)
})

t.test('a signal ends a pause', async t => {
  const stop = new AbortController()
  const { client } = await clientOf(
    t,
    () => {
      setImmediate(() => stop.abort(new Error('stopped')))
      return { status: 429, headers: { 'retry-after': '600' } }
    },
    { signal: stop.signal },
  )
  await t.rejects(client.users.myself(), { message: 'stopped' })
})

t.test('a budget lets requests go in order, no faster than its rate, and holds back on request', async t => {
  const budget = createRateBudget(200)
  const started = performance.now()
  const turns: number[] = []
  await Promise.all(
    Array.from({ length: 21 }, async (_, index) => {
      await budget.take()
      turns.push(index)
    }),
  )
  t.same(
    turns,
    turns.toSorted((one, other) => one - other),
  )
  t.ok(performance.now() - started >= 95, 'twenty pauses of 5 ms, but for the slack')

  budget.holdBack(30)
  const held = performance.now()
  await budget.take()
  t.ok(performance.now() - held >= 25)

  const stop = AbortSignal.abort(new Error('stopped'))
  await t.rejects(budget.take(stop), { message: 'stopped' })
  await budget.take()
})
