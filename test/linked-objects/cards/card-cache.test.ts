import t, { type Test } from 'tap'
import { fillApplication } from '../../../src/config/fill-defaults.ts'
import {
  beginLookup,
  createCardCache,
  endLookup,
  getCard,
  isFresh,
  lastGoodCard,
  putCard,
} from '../../../src/linked-objects/cards/card-cache.ts'
import { budgetLeft, createDatabaseBudget, watchDatabase } from '../../../src/linked-objects/cards/database-budget.ts'
import { openCards } from '../../../src/linked-objects/cards/open-cards.ts'
import { createLogger } from '../../../src/logging/logger.ts'
import { fetchedCards } from '../../../src/storage/objects/fetched-cards.ts'
import { objectFinder } from '../../../src/storage/objects/find-objects.ts'
import { aliasFinder } from '../../../src/storage/objects/object-aliases.ts'
import { watchObjectChanges } from '../../../src/storage/objects/object-changes.ts'
import type { PrismaClient } from '../../../src/storage/prisma-client/client.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { storedObjects } from '../../support/stored.ts'
import { testDatabase } from '../../support/test-database.ts'
import { until } from '../../support/until.ts'

const key = (text: string) => text as RemoteKey
const log = createLogger('silent')
const application = fillApplication(
  {
    id: 'crm',
    name: 'CRM',
    frontUrl: 'https://crm.example.com/{{remoteKey}}',
    responsible: 'crm@example.com',
    authorization: { kind: 'none' },
  },
  { publicUrl: 'https://links.example.com', directory: import.meta.dirname },
)

/** The cards of one server over a database, and how often it asked the database for one. */
async function server(t: Test, { prisma, url }: { prisma: PrismaClient; url: string }, budgetMilliseconds = 5_000) {
  const find = objectFinder(prisma)
  const asked: string[] = []
  const cache = createCardCache(1024 * 1024)
  const state = { hears: false, database: 'there' as 'there' | 'silent' | 'away' }
  const stop = watchObjectChanges({
    databaseUrl: url,
    prisma,
    log,
    listener: {
      ...cache.listener,
      heard: () => {
        state.hears = true
        cache.listener.heard()
      },
      deaf: () => {
        state.hears = false
        cache.listener.deaf()
      },
    },
  })
  t.teardown(stop)
  const findObject = (applicationId: string, keys: readonly RemoteKey[]) => {
    asked.push(keys.join())
    if (state.database === 'silent') return new Promise<undefined>(() => {})
    if (state.database === 'away') return Promise.reject(Object.assign(new Error('away'), { code: 'P1001' }))
    return find(applicationId, keys)
  }
  const { findCard } = openCards({
    applications: [{ ...application, cards: { ...application.cards, budgetMilliseconds } }],
    database: prisma,
    findObject,
    fetched: fetchedCards(prisma),
    findAliases: aliasFinder(prisma),
    sources: new Map(),
    rulesOf: () => info => info,
    cache,
    log,
  })
  await until(() => state.hears)
  const card = async (...readings: string[]) => findCard('crm', readings.map(key))
  return {
    store: storedObjects(prisma),
    asked,
    state,
    cache,
    card,
    summary: async (...readings: string[]) => {
      const found = await card(...readings)
      return found && (JSON.parse(found.json).summary as string)
    },
  }
}

t.test('a card is read once, and again after any server has changed it', async t => {
  const database = await testDatabase(t)
  const [one, other] = [await server(t, database), await server(t, database)]
  await one.store.put('crm', [{ key: key('1'), summary: 'first' }])
  t.equal(await one.summary('1'), 'first')
  t.equal(await one.summary('1'), 'first')
  t.equal(one.asked.length, 1)
  for (let round = 0; round < 50; round++) {
    await other.store.put('crm', [{ key: key('1'), summary: `round ${round}` }])
    await until(async () => (await one.summary('1')) === `round ${round}`)
  }
  await other.store.remove('crm', key('1'))
  await until(async () => (await one.summary('1')) === undefined)
})

const objects = (summary: string) => Array.from({ length: 300 }, (_, index) => ({ key: key(`k${index}`), summary }))

t.test('an import of many objects makes all of them fresh', async t => {
  const database = await testDatabase(t)
  const one = await server(t, database)
  await one.store.put('crm', objects('before'))
  t.equal(await one.summary('k299'), 'before')
  await one.store.put('crm', objects('after'))
  await until(async () => (await one.summary('k299')) === 'after')
})

t.test('after the connection for changes was lost, nothing old is answered', async t => {
  const database = await testDatabase(t)
  const one = await server(t, database)
  await one.store.put('crm', [{ key: key('1'), summary: 'before' }])
  t.equal(await one.summary('1'), 'before')
  await database.prisma.$queryRaw`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'tracker-links listener' AND datname = current_database()`
  await until(() => !one.state.hears)
  await one.store.put('crm', [{ key: key('1'), summary: 'meanwhile' }])
  t.equal(await one.summary('1'), 'meanwhile', 'asked of the database while changes are not heard')
  await until(() => one.state.hears)
  t.equal(await one.summary('1'), 'meanwhile')
  const before = one.asked.length
  t.equal(await one.summary('1'), 'meanwhile')
  t.equal(one.asked.length, before, 'remembered again')
})

t.test('if the database does not answer, the last good card is answered, marked', async t => {
  const database = await testDatabase(t)
  const one = await server(t, database, 50)
  const status = { name: 'Open', description: 'Waits for "B", 3\\4' }
  const assignee = { trackerUid: 9223372036854775807n }
  await one.store.put('crm', [
    { key: key('1'), summary: 'with a description', status, assignee },
    { key: key('2'), summary: 'without one', status: { name: 'Open' } },
    { key: key('3'), summary: 'without a status' },
  ])
  for (const each of ['1', '2', '3']) await one.card(each)
  const before = await one.card('1')
  one.cache.listener.deaf()
  for (const database of ['silent', 'away'] as const) {
    one.state.database = database
    const marked = await one.card('1')
    t.match(
      marked?.json,
      /"description":"Waits for \\"B\\", 3\\\\4 \(as of \d{4}-\d\d-\d\d \d\d:\d\d UTC\)"\},/,
      database,
    )
    t.match(marked?.json, '"assignee":{"trackerUid":9223372036854775807}')
    t.equal(marked?.json.replace(/ \(as of [^)]*\)/, ''), before?.json, 'nothing else of it differs')
    t.type(marked?.age, 'number')
    t.not(marked?.etag, before?.etag)
    t.match(JSON.parse((await one.card('2'))?.json ?? '').status, { name: 'Open', description: /^as of / })
    t.match(await one.card('3'), { json: '{"key":"3","summary":"without a status"}', age: 0 })
  }
  await t.rejects(one.card('never seen'), { code: 'P1001' })
  one.state.database = 'there'
  await until(async () => (await one.card('1'))?.age === undefined)
  t.strictSame((await one.card('1'))?.json, before?.json)
})

t.test('of several readings the likeliest that exists is answered, also when another is remembered', async t => {
  const database = await testDatabase(t)
  const one = await server(t, database)
  await one.store.put('crm', [{ key: key('a b'), summary: 'space' }])
  t.equal(await one.summary('a+b', 'a b'), 'space')
  t.equal(await one.summary('a b'), 'space')
  await one.store.put('crm', [{ key: key('a+b'), summary: 'plus' }])
  t.equal(await one.summary('a+b', 'a b'), 'plus')
})

/** A cache alone, and cards put into it. */
function alone(bytes: number) {
  const clock = { now: 0 }
  const cache = createCardCache(bytes, () => clock.now)
  cache.listener.heard()
  const begin = (text: string) => beginLookup(cache, 'crm', [text])
  const put = (text: string, lookup = begin(text), summary = 'x'.repeat(1_000)) => {
    const knowledge = { trueAt: lookup.began, freshUntil: Infinity, isStored: true }
    putCard(cache, lookup, 'crm', { key: key(text), summary }, knowledge)
    endLookup(cache, lookup)
  }
  const get = (text: string) => getCard(cache, 'crm', text)
  const fresh = (text: string) => {
    const card = get(text)
    return card && isFresh(cache, card)
  }
  return { cache, clock, begin, put, get, fresh, listener: cache.listener }
}

t.test('memory stays within its bound', async t => {
  const { put, get } = alone(100_000)
  for (let index = 0; index < 10_000; index++) put(`k${index}`)
  const kept = Array.from({ length: 10_000 }, (_, index) => get(`k${index}`)).filter(Boolean).length
  t.ok(kept > 10 && kept <= 100, `${kept} cards of 1,000 bytes in 100,000`)
  t.ok(get('k9999'), 'the latest')
})

t.test('a card that its own change has overtaken while it was read is not sure, others are', async t => {
  const { begin, put, fresh, listener } = alone(100_000)
  const [one, other] = [begin('1'), begin('2')]
  listener.changed('crm', '1')
  put('1', one)
  put('2', other)
  t.equal(fresh('1'), false)
  t.equal(fresh('2'), true)
  put('1')
  t.equal(fresh('1'), true)

  const late = begin('1')
  listener.changed('crm', undefined)
  put('1', late)
  t.equal(fresh('1'), false, 'any object may have changed')
  t.equal(fresh('2'), false)
  const deaf = begin('2')
  listener.deaf()
  put('2', deaf)
  listener.heard()
  t.equal(fresh('2'), false, 'a change may have been missed')
})

t.test('an old lookup does not replace a sure card', async t => {
  const { begin, put, get, listener } = alone(100_000)
  const old = begin('1')
  listener.changed('crm', '1')
  put('1', begin('1'), 'new')
  put('1', old, 'old')
  t.match(get('1')?.json, '"new"')
})

t.test('the age of a card counts from when it was last known to be true', async t => {
  const { put, cache, clock, listener } = alone(100_000)
  const age = () => lastGoodCard(cache, getCard(cache, 'crm', '1') as never).age
  put('1')
  clock.now = 60_000
  listener.heard()
  clock.now = 70_000
  listener.deaf()
  clock.now = 100_000
  t.equal(age(), 40, 'since the last proof that changes arrive')
  listener.heard()
  put('1')
  clock.now = 110_000
  listener.changed('crm', '1')
  clock.now = 115_000
  t.equal(age(), 5, 'since its change was told')
})

t.test('a database that gives no answer is waited for once, then no longer, until it answers', async t => {
  const clock = { now: 0 }
  const budget = createDatabaseBudget(() => clock.now)
  const away = () =>
    watchDatabase(budget, Promise.reject(Object.assign(new Error('away'), { code: 'P1001' }))).catch(() => {})
  t.equal(budgetLeft(budget, 800), 800)
  const { promise, resolve } = Promise.withResolvers<void>()
  const silent = watchDatabase(budget, promise)
  clock.now = 300
  t.equal(budgetLeft(budget, 800), 500)
  await away()
  clock.now = 1_200
  await away()
  t.equal(budgetLeft(budget, 800), 0)
  resolve()
  await silent
  t.equal(budgetLeft(budget, 800), 800, 'one answer is enough')
  await away()
  clock.now = 60_000
  void watchDatabase(budget, Promise.resolve())
  t.equal(budgetLeft(budget, 800), 800, 'long ago is forgotten')
})
