import t, { type Test } from 'tap'
import { createPrismaClient } from '../../../src/storage/database/connection/connect.ts'
import type { PrismaClient } from '../../../src/storage/prisma-client/client.ts'
import { rateBudgetsOf } from '../../../src/storage/work/rate-budget.ts'
import { setPause, takeSlots } from '../../../src/storage/work/rate-slots.ts'
import { type TestDatabase, testDatabase } from '../../support/test-database.ts'
import { until } from '../../support/until.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }
const organization = { kind: 'cloud', id: '7', url: 'https://api.tracker.example', rate: { search: 5, other: 500 } }
const name = { organization: 'cloud 7', class: 'other' } as const
const wish = { count: 3, interval: 100, waitedFor: undefined }

/** What three processes are: pools of their own. */
function openPools(t: Test, { url }: TestDatabase): PrismaClient[] {
  const pools = [1, 2, 3].map(() =>
    createPrismaClient({ databaseUrl: url, log, size: 2, limitSessions: true, prepareStatements: true }),
  )
  t.teardown(() => Promise.all(pools.map(pool => pool.$disconnect())))
  return pools
}

const rows = (prisma: PrismaClient) => prisma.rateBudget.findMany({ orderBy: { class: 'asc' } })

t.test('slots that processes take at the same time are apart from one another, and not far ahead', async t => {
  const database = await testDatabase(t)
  const pools = openPools(t, database)
  const given: number[] = []
  const takers = pools.map(async pool => {
    for (let round = 0; round < 12; round++) {
      const taken = await takeSlots(pool, name, wish)
      if (!taken.given) continue
      t.ok(taken.firstIn >= 0 && taken.firstIn <= 1_000, `${taken.firstIn} ms ahead`)
      for (let index = 0; index < wish.count; index++) given.push(taken.firstAt + index * wish.interval)
    }
  })
  await Promise.all(takers)
  given.sort((one, other) => one - other)
  t.ok(given.length >= 12, 'what a second ahead has, and what is taken at once')
  // The column has whole milliseconds.
  for (const [index, slot] of given.entries()) t.ok(slot - (given[index - 1] ?? 0) >= wish.interval - 1)
})

t.test('requests of three processes go no faster than the rate, in order, and in one turn of many', async t => {
  const database = await testDatabase(t)
  const before = Date.now()
  const budgets = openPools(t, database).map(pool => rateBudgetsOf(pool, organization).other)
  const turns: number[] = []
  await Promise.all(
    budgets.flatMap((budget, process) =>
      Array.from({ length: 40 }, async (_, index) => {
        await budget.take()
        if (process === 0) turns.push(index)
      }),
    ),
  )
  t.same(
    turns,
    turns.toSorted((one, other) => one - other),
  )
  const [row, another] = await rows(database.prisma)
  t.same([row?.class, another], ['other', undefined], 'a search has a budget of its own')
  t.ok(Number(row?.nextAt) - before >= (120 * 1_000) / organization.rate.other, 'each request has a slot of its own')
})

t.test('further slots are asked for while there are some in hand', async t => {
  const { prisma } = await testDatabase(t)
  let used = 0
  const usedBefore: number[] = []
  const watched = new Proxy(prisma, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown
      if (name !== '$queryRaw' || typeof value !== 'function') return value
      return (text: TemplateStringsArray, ...values: unknown[]) => {
        if (text.join('').includes('take slots')) usedBefore.push(used)
        return value.call(target, text, ...values) as unknown
      }
    },
  })
  const { other } = rateBudgetsOf(watched, organization)
  for (; used < 60; used++) await other.take()
  // The first question finds no row. Each is for slots of a tenth of a second: 50 of them.
  const [, first, second = Infinity] = usedBefore
  t.equal(first, 0)
  t.ok(second >= 20 && second < 50, `the next were asked for after ${second}`)
})

t.test('what a pause of the processor has cost is not caught up on', async t => {
  const { prisma } = await testDatabase(t)
  const { other } = rateBudgetsOf(prisma, organization)
  for (let request = 0; request < 10; request++) await other.take()
  const stall = new Int32Array(new SharedArrayBuffer(4))
  Atomics.wait(stall, 0, 0, 60)
  const after = performance.now()
  const early: number[] = []
  for (let request = 1; request <= 15; request++) {
    await other.take()
    const passed = performance.now() - after
    // One each 2 ms, of 5 ms that are made up for, and of the moment before the first.
    if (request > 1 + (passed + 5 + 2) / 2) early.push(request)
  }
  t.same(early, [])
})

t.test('a pause that one process is asked for holds all of them, slots in their hands included', async t => {
  const database = await testDatabase(t)
  const [one, other] = openPools(t, database).map(pool => rateBudgetsOf(pool, organization).search)
  await other?.take()
  const ends: number[] = []
  const turns = [1, 2, 3].map(async () => {
    await other?.take()
    ends.push(performance.now())
  })
  await turns[0]
  const asked = performance.now()
  one?.holdBack(700)
  await until(async () => (await rows(database.prisma))[0]?.notBefore !== null)
  const heard = performance.now()
  await Promise.all([...turns, one?.take().then(() => ends.push(performance.now()))])
  // A look at the database counts for 100 ms; the two slots in hand come 200 ms apart.
  t.same(
    ends.filter(end => end > heard + 100 && end < asked + 700),
    [],
  )
  t.ok(ends.length === 4 && (ends[3] as number) >= asked + 700)
})

async function clock(prisma: PrismaClient): Promise<number> {
  const [{ moment } = { moment: new Date(0) }] = await prisma.$queryRaw<{ moment: Date }[]>`
    SELECT clock_timestamp() AS moment`
  return Number(moment)
}

t.test('a clock that went back holds nothing up', async t => {
  const { prisma } = await testDatabase(t)
  const hour = 3_600_000
  await takeSlots(prisma, name, wish)
  await prisma.rateBudget.updateMany({ data: { nextAt: new Date(Date.now() + hour) } })
  t.match(await takeSlots(prisma, name, wish), { given: false, again: 1_000 }, 'slots that were given are still used')
  t.ok(Number((await rows(prisma))[0]?.nextAt) <= (await clock(prisma)) + 2_000)

  await prisma.rateBudget.updateMany({ data: { nextAt: new Date(), notBefore: new Date(Date.now() + hour) } })
  t.match(await takeSlots(prisma, name, wish), { given: true }, 'no pause is so long')

  await prisma.rateBudget.updateMany({ data: { nextAt: new Date(), notBefore: new Date(Date.now() + hour / 12) } })
  const held = await takeSlots(prisma, name, wish)
  t.match(held, { given: false, pause: String })
  const waitedFor = held.given ? undefined : held.pause
  t.match(await takeSlots(prisma, name, { ...wish, waitedFor }), { given: true }, 'who has waited for it knows better')
  t.equal((await rows(prisma))[0]?.notBefore, null, 'and tells the others')
})

t.test('of two pauses the longer one counts, unless the clock went back since', async t => {
  const { prisma } = await testDatabase(t)
  const left = async () => Number((await rows(prisma))[0]?.notBefore) - (await clock(prisma))
  await setPause(prisma, name, 60_000)
  await setPause(prisma, name, 1_000)
  t.ok((await left()) > 2_000)
  await prisma.rateBudget.updateMany({ data: { notBefore: new Date(Date.now() + 3_600_000) } })
  await setPause(prisma, name, 1_000)
  t.ok((await left()) <= 1_000)
})

t.test('whoever gives up leaves the turn to the next, and a database that is away is told', async t => {
  const { prisma, url } = await testDatabase(t)
  const { search } = rateBudgetsOf(prisma, { ...organization, rate: { search: 1, other: 1 } })
  await search.take()
  const stop = new AbortController()
  const givenUp = search.take(stop.signal)
  const next = search.take()
  stop.abort(new Error('stopped'))
  await t.rejects(givenUp, { message: 'stopped' })
  await next

  const away = createPrismaClient({
    databaseUrl: `${url}_away`,
    log,
    size: 1,
    limitSessions: true,
    prepareStatements: true,
  })
  t.teardown(() => away.$disconnect())
  const lost = rateBudgetsOf(away, organization).other
  lost.holdBack(1)
  await t.rejects(lost.take())
})
