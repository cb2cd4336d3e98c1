import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import t from 'tap'
import { Problem } from '../../../src/errors/problem.ts'
import { createChangeFeed } from '../../../src/links/change-feed.ts'
import { readEvents } from '../../../src/management-api/links/read-events.ts'
import { managementTurns } from '../../../src/management-api/turns.ts'
import { testApi } from '../../support/test-api.ts'
import { until } from '../../support/until.ts'

const at = '/api/applications/crm/events'

t.test('the change feed', async t => {
  const { call, makeKey, links, prisma, adminApp, logger } = await testApi(t, {}, { id: 'erp' })
  const create = (remoteKeys: string[], applicationId = 'crm') =>
    links.change({
      kind: 'create',
      applicationId,
      links: remoteKeys.map(remoteKey => ({ issueKey: 'A-1', remoteKey }) as never),
      actor: { kind: 'user', login: 'user1', uid: 9_007_199_254_740_993n },
    })
  const read = async (query = '') => (await call('GET', `${at}?${query}`)).json()

  await t.test('begins without a cursor, and goes on from `next`', async t => {
    const empty = await read()
    t.match(empty, { events: [], more: false })
    await create(['1', '2', '3'])
    await create(['other'], 'erp')
    const first = await read(`after=${empty.next}&limit=2`)
    t.match(first, { events: [{ remoteKey: '1' }, { remoteKey: '2' }], more: true })
    const second = await read(`after=${first.next}&limit=2`)
    t.match(second, { events: [{ remoteKey: '3' }], more: false })
    t.same((await read()).events, [...first.events, ...second.events], 'the same to whoever begins later')
    const last = await read(`after=${second.next}`)
    t.same(last, { events: [], next: second.next, more: false }, 'a reader at the end stays where it is')
  })

  await t.test('tells of an event all that a copy needs, and who did it', async t => {
    const answer = await call('GET', `${at}?limit=1`)
    t.match(answer.json().events[0], {
      id: /^\d+$/,
      kind: 'created',
      issueKey: 'A-1',
      remoteKey: '1',
      occurredAt: /\+0000$/,
      actor: { kind: 'user', login: 'user1' },
    })
    t.match(answer.body, '"uid":9007199254740993', 'with every digit')
  })

  await t.test('refuses a cursor that is not its own', async t => {
    const { next } = await read('limit=1')
    for (const after of [
      'x',
      `${next}x`,
      forged(1, 'events erp'),
      forged(1, 'links crm', 'A-1', '1'),
      forged(9, 'events crm'),
      ...[['1'], ['1', 'never'], ['-1', '2026-01-01'], ['9223372036854775808', '2026-01-01'], ['1', 2]].map(keys =>
        forged(1, 'events crm', ...keys),
      ),
    ])
      t.match(await read(`after=${after}`), { status: 400, code: 'parameter-invalid', errors: [{ field: 'after' }] })
    for (const query of ['limit=0', 'limit=1001', 'wait=31', 'wait=-1', 'wait=0.5', 'from=1'])
      t.match(await read(query), { status: 400, code: 'parameter-invalid' }, query)
    t.equal((await call('GET', `/api/applications/erp/events?after=${next}`)).statusCode, 400)
  })

  await t.test('says so where the database does not hold the event of a cursor', async t => {
    await create(['lost'])
    const after = (await read('limit=1000')).next
    await prisma.$executeRaw`DELETE FROM link_event WHERE remote_key = 'lost'`
    await create(['new'])
    t.match(await read(`after=${after}&wait=30`), { status: 410, code: 'cursor-unknown' })
    await prisma.$executeRaw`UPDATE link_event SET id = id - 1 WHERE remote_key = 'new'`
    t.match(await read(`after=${after}`), { status: 410 }, 'also where another event has its number')
  })

  const origin = async () => {
    await adminApp.listen({ port: 0, host: '127.0.0.1' })
    return `http://127.0.0.1:${(adminApp.server.address() as AddressInfo).port}`
  }

  await t.test('waits for an event', async t => {
    const { next } = await read('limit=1000')
    const [waiting, another] = [read(`after=${next}&wait=30`), read(`after=${next}&wait=30`)]
    await create(['awaited'])
    t.match(await waiting, { events: [{ remoteKey: 'awaited' }], more: false })
    t.same(await another, await waiting)
    t.same((await read(`after=${(await waiting).next}&wait=1`)).events, [], 'not longer than it was asked to')
  })

  await t.test('asks again whether the key counts, for one that was revoked meanwhile', async t => {
    const app = Fastify()
    await app.register(readEvents, {
      feed: {
        follow: async () => ({ events: [], more: false }),
        end: async () => ({ place: undefined, isOpen: false }),
      },
      authenticate: async () => {
        throw new Problem('api-key-unknown', 'It was revoked.')
      },
      log: logger,
      turns: managementTurns(),
    })
    t.match((await app.inject(`${at}?wait=1`)).json(), { message: 'It was revoked.' })
    t.equal((await app.inject(at)).statusCode, 200, 'not where nothing was waited for')
  })

  await t.test('answers at once when the server stops, and goes away with its caller', async t => {
    const { next } = await read('limit=1000')
    const address = `${await origin()}${at}?after=${next}&wait=30`
    const headers = { authorization: `Bearer ${await makeKey()}` }
    const gone = request(address, { headers }).on('error', () => {})
    gone.end()
    const waiting = fetch(address, { headers })
    await until(() => connections(adminApp.server).then(count => count === 2))
    gone.destroy()
    await until(() => connections(adminApp.server).then(count => count === 1))
    await adminApp.close()
    t.match(await (await waiting).json(), { events: [], next, more: false })
  })
})

t.test('readers that wait share the questions to the database, and its failure', async t => {
  let questions = 0
  const latest = { ask: async () => 5n }
  const nothing = { events: [], more: false }
  const feed = createChangeFeed({
    read: async () => nothing,
    mayWait: async () => true,
    end: async () => ({ place: undefined, isOpen: false }),
    latest: () => {
      questions++
      return latest.ask()
    },
  })
  const end = new AbortController()
  const ask = (id: bigint) =>
    feed.follow({
      applicationId: 'crm',
      after: { id, occurredAt: new Date() },
      limit: 1,
      until: end.signal,
      inTurn: work => work(),
    })
  const readers = Array.from({ length: 50 }, () => ask(5n))
  await until(() => questions === 2)
  t.equal(questions, 2)
  latest.ask = () => Promise.reject(new Error('away'))
  let rejected = 0
  for (const reader of readers) reader.catch(() => rejected++)
  await until(() => rejected === readers.length)
  latest.ask = () => Promise.resolve(5n)
  const again = ask(5n)
  await until(() => questions === 4)
  end.abort()
  t.same(await again, nothing)
  t.equal(questions, 4, 'nobody is asked for nobody')
})

const forged = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

function connections(server: { getConnections: (done: (error: Error | null, count: number) => void) => unknown }) {
  return new Promise<number>((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })
}
