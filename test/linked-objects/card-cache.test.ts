import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createCardCache } from '../../src/linked-objects/card-cache.ts'
import { createCardFinder } from '../../src/linked-objects/object-info.ts'
import { createLogger } from '../../src/logging/logger.ts'
import { watchObjectChanges } from '../../src/storage/object-changes.ts'
import { objectStore } from '../../src/storage/object-store.ts'
import type { PrismaClient } from '../../src/storage/prisma-client/client.ts'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { testDatabase } from '../support/test-database.ts'

const key = (text: string) => text as RemoteKey
const log = createLogger('silent')

/** The cards of one server over a database, and how often it asked the database for one. */
async function server(t: Test, { prisma, url }: { prisma: PrismaClient; url: string }, bytes = 1024 * 1024) {
  const store = objectStore(prisma)
  const asked: string[] = []
  const cache = createCardCache(bytes)
  const state = { hears: false }
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
  const counting = {
    ...store,
    findFirst: (applicationId: string, keys: readonly RemoteKey[]) => {
      asked.push(keys.join())
      return store.findFirst(applicationId, keys)
    },
  }
  const find = createCardFinder(counting, cache)
  await until(() => state.hears)
  return {
    store,
    asked,
    state,
    summary: async (...readings: string[]) => {
      const card = await find('crm', readings.map(key))
      return card && (JSON.parse(card.json).summary as string)
    },
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('did not come true in 20 s')
    await sleep(2)
  }
}

t.test('a card is read once, and again after it was changed, whoever changed it', async t => {
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

t.test('of several readings the likeliest that exists is answered, also when another is remembered', async t => {
  const database = await testDatabase(t)
  const one = await server(t, database)
  await one.store.put('crm', [{ key: key('a b'), summary: 'space' }])
  t.equal(await one.summary('a+b', 'a b'), 'space')
  t.equal(await one.summary('a b'), 'space')
  await one.store.put('crm', [{ key: key('a+b'), summary: 'plus' }])
  t.equal(await one.summary('a+b', 'a b'), 'plus')
})

t.test('memory stays within its bound', async t => {
  const cache = createCardCache(100_000)
  cache.listener.heard()
  const json = 'x'.repeat(1_000)
  for (let index = 0; index < 10_000; index++) cache.put('crm', `k${index}`, { json, etag: '' }, cache.now())
  const kept = Array.from({ length: 10_000 }, (_, index) => cache.get('crm', `k${index}`)).filter(Boolean).length
  t.ok(kept > 10 && kept <= 100, `${kept} cards of 1,000 bytes in 100,000`)
  t.ok(cache.get('crm', 'k9999'), 'the latest')
})

t.test('a card that a change has overtaken while it was read is not remembered', async t => {
  const cache = createCardCache(100_000)
  cache.listener.heard()
  const since = cache.now()
  cache.listener.changed('crm', 'another')
  cache.put('crm', '1', { json: 'old', etag: '' }, since)
  t.notOk(cache.get('crm', '1'))
  cache.put('crm', '1', { json: 'new', etag: '' }, cache.now())
  t.ok(cache.get('crm', '1'))
  cache.listener.deaf()
  t.notOk(cache.get('crm', '1'))
})
