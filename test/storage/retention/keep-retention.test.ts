import t from 'tap'
import { defaultRetention } from '../../../src/config/schemas/retention-schema.ts'
import { keepRetention, removeOldData } from '../../../src/storage/retention/keep-retention.ts'
import { removeAnswers } from '../../../src/storage/retention/remove-answers.ts'
import { removeCards } from '../../../src/storage/retention/remove-cards.ts'
import { eventDatabase } from '../../support/old-events.ts'
import { until } from '../../support/until.ts'

const onlyAnswers = () => ({ ...defaultRetention })
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000)

const answer = (idempotencyKey: string, hours: number) => ({
  apiKeyId: 'k',
  idempotencyKey,
  requestHash: new Uint8Array(),
  status: 200,
  headers: {},
  body: '',
  createdAt: hoursAgo(hours),
})

t.test('answers are removed by their age, however many', async t => {
  const { prisma, session } = await eventDatabase(t)
  const old = Array.from({ length: 2_500 }, (_, number) => answer(String(number), 25))
  await prisma.idempotentAnswer.createMany({ data: [...old, answer('young', 23)] })
  t.equal(await removeAnswers(session, 26), 0)
  t.equal(await removeAnswers(session, 24), 2_500)
  t.same(await prisma.idempotentAnswer.findMany({ select: { idempotencyKey: true } }), [{ idempotencyKey: 'young' }])
})

t.test('last good cards are removed by their age; what was pushed stays', async t => {
  const { prisma, session } = await eventDatabase(t)
  const card = (key: string, fetchedAt: Date | null, applicationId = 'crm') => ({
    applicationId,
    key,
    summary: '',
    fetchedAt,
    storedAt: hoursAgo(9_999),
  })
  const old = Array.from({ length: 250 }, (_, number) =>
    card(`old ${number}`, hoursAgo(24 * 31), number % 7 ? 'crm' : 'erp'),
  )
  // More than one statement looks at.
  const pushed = Array.from({ length: 5_001 }, (_, number) => card(`p ${number}`, null))
  const others = [...pushed, card('young', hoursAgo(24 * 29)), card('young', hoursAgo(24 * 29), 'erp')]
  await prisma.linkedObject.createMany({ data: [...old, ...others] })
  const [held] = await prisma.$transaction(
    async tx => {
      await tx.$queryRaw`SELECT FROM linked_object WHERE key = 'old 7' FOR UPDATE`
      return [await removeCards(session, 30)]
    },
    { timeout: 60_000 },
  )
  t.equal(held, 249, 'nobody is waited for')
  t.equal(await removeCards(session, 30), 1)
  const left = await prisma.linkedObject.findMany({ where: { fetchedAt: { not: null } } })
  t.equal(await prisma.linkedObject.count(), left.length + pushed.length)
  t.same(
    left.map(({ key }) => key),
    ['young', 'young'],
  )
})

t.test('what was removed is told in the log, and nothing else', async t => {
  const { prisma, session, addEvents } = await eventDatabase(t)
  const told: unknown[] = []
  const log = { info: (...parts: unknown[]) => told.push(parts), warn: () => {}, error: () => {} }
  const run = () =>
    removeOldData(session, { eventDays: 240, ...defaultRetention, lastGoodCardDays: 30 }, { log, withWalks: true })
  await run()
  t.same(told, [])
  await addEvents('crm', 300, 1)
  await prisma.linkedObject.create({
    data: { applicationId: 'crm', key: '1', summary: '', fetchedAt: hoursAgo(24 * 31) },
  })
  await run()
  t.match(told, [
    [{ events: 1, partitions: [], eventDays: 240, milliseconds: Number }, 'old events were removed'],
    [{ partition: 'link_event_0' }, 'new events go to a new partition'],
    [{ cards: 1, lastGoodCardDays: 30 }, 'old last good cards were removed'],
  ])
})

t.test('runs follow one another, with the limits of the moment, until they are ended', async t => {
  const { prisma, url: databaseUrl, addEvents } = await eventDatabase(t)
  await addEvents('crm', 300, 100, 1)
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const limits = { eventDays: 240, ...defaultRetention }
  const end = keepRetention({ databaseUrl, log, limits: () => limits }, { first: 0, next: 10, walks: 10 })
  await until(async () => (await prisma.linkEvent.count()) === 2)
  limits.eventDays = 24
  await until(async () => (await prisma.linkEvent.count()) === 1)
  await end()
  t.equal(await prisma.linkEvent.count(), 1)
})

t.test('a server that stops does not wait for a statement that takes long', async t => {
  const { prisma, url: databaseUrl, session } = await eventDatabase(t)
  await prisma.idempotentAnswer.createMany({ data: [answer('old', 25)] })
  await session.query(`
    CREATE FUNCTION last_long() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN OLD; END';
    CREATE TRIGGER last_long BEFORE DELETE ON idempotent_answer FOR EACH ROW EXECUTE FUNCTION last_long()`)
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const end = keepRetention({ databaseUrl, log, limits: onlyAnswers }, { first: 0, next: 10, walks: 10 })
  const sleepers = () => prisma.$queryRaw<unknown[]>`
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`
  await until(async () => (await sleepers()).length > 0)
  await end()
  t.equal(await prisma.idempotentAnswer.count(), 1, 'it was still on its way')
})

t.test('a database that is away is told, and does not end the runs', async t => {
  const warned: unknown[][] = []
  const log = { info: () => {}, warn: (...parts: unknown[]) => warned.push(parts), error: () => {} }
  const end = keepRetention(
    { databaseUrl: 'postgresql://u@127.0.0.1:1/x', log, limits: onlyAnswers },
    { first: 0, next: 10, walks: 10 },
  )
  await until(() => warned.length > 1)
  t.match(warned[0], [{ err: Error }, /was not removed/])
  await end()
})

t.test('a role that does not own the tables deletes what it may not drop', async t => {
  const { prisma, session, addEvents } = await eventDatabase(t)
  await addEvents('crm', 250, 1)
  const role = `retention_${process.pid}`
  await session.query(
    `CREATE ROLE ${role}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}; SET ROLE ${role}`,
  )
  t.teardown(async () => {
    await session.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`)
  })
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const run = (lastGoodCardDays?: number) =>
    removeOldData(
      session,
      { eventDays: 240, ...defaultRetention, ...(lastGoodCardDays && { lastGoodCardDays }) },
      { log, withWalks: true },
    )
  await run(1)
  t.equal(await prisma.linkEvent.count(), 1)
})
