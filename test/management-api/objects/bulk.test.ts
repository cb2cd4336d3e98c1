import { once } from 'node:events'
import { type ClientRequest, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import t from 'tap'
import { testApi } from '../../support/test-api.ts'
import { until } from '../../support/until.ts'

const address = '/api/applications/crm/objects/bulk'
const ndjson = { 'content-type': 'application/x-ndjson' }

t.test('a stream of objects', async t => {
  const { call, objects, makeKey } = await testApi(t)
  const push = async (lines: readonly (object | string | Buffer)[], headers = {}) => {
    const bytes = lines.map(line =>
      line instanceof Buffer ? line : Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)),
    )
    const body = Buffer.concat(bytes.flatMap(line => [line, Buffer.from('\n')]))
    const answer = await call('POST', address, { body, headers: { ...ndjson, ...headers } })
    t.equal(answer.statusCode, 200, answer.body)
    const answers = answer.body
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    return { answers: answers.slice(0, -1), summary: answers.at(-1).summary }
  }

  await t.test('each line is answered, and the last line counts them', async t => {
    const { answers, summary } = await push([
      { key: '1', summary: 'One' },
      '',
      { key: 2, summary: 'Two', sequence: '9007199254740993' },
      { key: '3' },
      '{"key":"4","summary":"twice","summary":"twice"}',
      'no JSON',
      Buffer.from([0x22, 0xff, 0x22]),
      { key: 'long', summary: 'x'.repeat(70_000) },
      '\ufeff{"key":"5","summary":"a mark"}',
    ])
    t.same(
      answers.map(({ line, key, result, errors }) => [line, key, result, errors?.[0].field]),
      [
        [1, '1', 'accepted', undefined],
        [3, '2', 'accepted', undefined],
        [4, '3', 'rejected', 'summary'],
        [5, undefined, 'rejected', 'summary'],
        [6, undefined, 'rejected', 'row'],
        [7, undefined, 'rejected', 'line'],
        [8, undefined, 'rejected', 'line'],
        [9, undefined, 'rejected', 'row'],
      ],
    )
    const { milliseconds, ...rest } = summary
    t.type(milliseconds, 'number')
    t.same(rest, { complete: true, lines: 8, accepted: 2, unchanged: 0, stale: 0, rejected: 6, failed: 0 })
  })

  await t.test('the lines of one key are done in their order', async t => {
    const { answers, summary } = await push([
      { key: 'k', summary: 'a', sequence: 5 },
      { key: 'k', summary: 'b', sequence: 4 },
      { key: 'k', summary: 'c', sequence: 6 },
      { key: 'k', summary: 'c', sequence: 6 },
      { key: 'k', summary: 'd' },
      { key: 'other', summary: 'x' },
      { key: 'k', summary: 'e', sequence: 5 },
    ])
    t.same(
      answers.map(({ result }) => result),
      ['accepted', 'stale', 'accepted', 'unchanged', 'accepted', 'accepted', 'stale'],
    )
    t.equal(summary.complete, true)
    t.match(await objects.find('crm', 'k' as never), { info: { summary: 'd' }, sequence: 6n })
  })

  await t.test('more lines than one batch holds are all stored, and pushed again all unchanged', async t => {
    const lines = Array.from({ length: 600 }, (_, n) => ({
      key: `many-${(n * 7) % 600}`,
      summary: `№ ${n}`,
      sequence: n,
    }))
    const first = await push(lines)
    t.equal(first.summary.accepted, 600)
    t.same(
      first.answers.map(({ line }) => line),
      lines.map((_, n) => n + 1),
    )
    t.equal((await push(lines, { 'content-type': 'application/jsonl' })).summary.unchanged, 600)
    const late = lines.map(line => ({ ...line, summary: 'late', sequence: line.sequence - 1 })).slice(1)
    t.equal((await push(late)).summary.stale, 599)
    t.equal(await objects.count('crm', { keyPrefix: 'many-' }), 600)
    t.equal(await objects.count('crm', { summary: 'late' }), 0)
  })

  await t.test('of late pushes in any order, one by one and in bulk at once, the highest sequence wins', async t => {
    const pushes = Array.from({ length: 400 }, (_, n) => ({ key: `late-${n % 50}`, sequence: (n * 37) % 8 }))
    const keys = await Promise.all([0, 1, 2, 3].map(() => makeKey()))
    const wishes = pushes.map(({ key, sequence }) => ({ key, sequence, summary: `as of ${sequence}` }))
    await Promise.all([
      // A key may have two pushes in progress.
      ...keys.map((key, part) =>
        push(
          wishes.filter((_, n) => n % 8 === part),
          { authorization: `Bearer ${key}` },
        ),
      ),
      ...Array.from({ length: 4 }, async (_, part) => {
        for (const { key, ...body } of wishes.filter((_, n) => n % 8 === part + 4 && n < 200))
          await call('PUT', `/api/applications/crm/objects/${key}`, { body })
      }),
    ])
    for (const { info, sequence } of await objects.search('crm', { keyPrefix: 'late-' }, { limit: 100 })) {
      const sent = wishes.filter((wish, n) => wish.key === info.key && (n % 8 < 4 || n < 200))
      const highest = Math.max(...sent.map(wish => wish.sequence))
      t.same([info.summary, sequence], [`as of ${highest}`, BigInt(highest)])
    }
  })

  await t.test('a body that is no NDJSON is refused', async t => {
    for (const headers of [{ 'content-type': 'application/json' }, { ...ndjson, 'content-encoding': 'gzip' }])
      t.equal((await call('POST', address, { body: '{}', headers })).json().code, 'media-type-unsupported')
    t.equal((await push([])).summary.lines, 0)
  })
})

t.test('over a connection', async t => {
  const { startReplica, makeKey, apiKeys, objects } = await testApi(t)
  let now = 1_000
  const adminApp = await startReplica({ clock: { now: () => now } })
  await adminApp.listen({ port: 0, host: '127.0.0.1' })
  const { port } = adminApp.server.address() as AddressInfo
  const key = await makeKey({ scopes: ['objects:write'] })
  /** A push that goes on, with the answers that came so far. */
  const begin = (apiKey = key) => {
    const headers = { ...ndjson, authorization: `Bearer ${apiKey}` }
    const call = request({ port, method: 'POST', path: address, headers })
    const answers: unknown[] = []
    const response = readLines(call, answers)
    return { call, answers, response, send: (key: string) => call.write(`{"key":"${key}","summary":"s"}\n`) }
  }

  await t.test('a caller may wait for each answer before it sends more', async t => {
    const { call, answers, response, send } = begin()
    for (const key of ['one', 'two', 'three']) {
      const before = answers.length
      send(key)
      await until(async () => answers.length > before)
    }
    call.end()
    await response
    t.match(answers.at(-1), { summary: { complete: true, accepted: 3 } })
  })

  await t.test('what was accepted stays where the caller goes away', async t => {
    const { call, answers, response, send } = begin()
    send('kept')
    await until(async () => answers.length > 0)
    response.catch(() => {})
    call.on('error', () => {}).destroy()
    t.ok(await objects.find('crm', 'kept' as never))
  })

  await t.test('a key that is revoked stops a push in the midst of its work', async t => {
    const revoked = await makeKey({ scopes: ['objects:write'] })
    const { call, answers, response, send } = begin(revoked)
    send('early')
    await until(async () => answers.length > 0)
    await apiKeys.revoke(revoked.split('_')[1] as string)
    now += 5_000
    send('late')
    await response
    t.match(answers.at(-1), { summary: { accepted: 1, failed: 1, stopped: { code: 'api-key-unknown' } } })
    t.notOk(await objects.find('crm', 'late' as never))
    call.on('error', () => {}).destroy()
  })

  await t.test('a server that stops says what is to be sent again', async t => {
    const { call, answers, response, send } = begin()
    send('before')
    await until(async () => answers.length > 0)
    const closed = adminApp.close()
    await response
    t.match(answers.at(-1), {
      summary: { complete: false, accepted: 1, stopped: { code: 'server-stopping', resumeAtLine: 2 } },
    })
    call.end()
    await closed
  })
})

/** Reads the lines of an answer into a list, as they come. */
async function readLines(call: ClientRequest, into: unknown[]): Promise<void> {
  const [incoming] = await once(call, 'response')
  for await (const line of createInterface({ input: incoming })) into.push(JSON.parse(line))
}
