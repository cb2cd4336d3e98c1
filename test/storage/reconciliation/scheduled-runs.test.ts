import t from 'tap'
import {
  cancelForgottenRuns,
  findDueApplications,
  startDueRun,
} from '../../../src/storage/reconciliation/scheduled-runs.ts'
import { startRun } from '../../../src/storage/reconciliation/start-run.ts'
import { testDatabase } from '../../support/test-database.ts'

const hour = 3_600_000
const day = 24 * hour
const daily = { applicationId: 'crm', everyHours: 24, repair: 'here' } as const

async function runsOf(t: Parameters<typeof testDatabase>[0]) {
  const { prisma } = await testDatabase(t)
  const end = (id: string, more: object = {}) =>
    prisma.reconciliationRun.update({ where: { id }, data: { state: 'finished', endedAt: new Date(), ...more } })
  /** As if the database's clock had jumped: all that was written is so much older. */
  const jump = (milliseconds: number) =>
    prisma.$executeRaw`UPDATE reconciliation_run SET started_at = started_at - ${`${milliseconds} ms`}::interval,
      next_at = next_at - ${`${milliseconds} ms`}::interval, lease_until = lease_until - ${`${milliseconds} ms`}::interval`
  const start = () => startDueRun(prisma, daily)
  return { prisma, end, jump, start }
}

t.test('a run begins when the last one of the schedule is old enough, and none other is in progress', async t => {
  const { prisma, end, jump, start } = await runsOf(t)
  const first = await start()
  t.match(await prisma.reconciliationRun.findFirst(), {
    id: first,
    applicationId: 'crm',
    scope: { all: true },
    repair: 'here',
    state: 'waiting',
    startedBy: 'schedule',
  })
  await jump(25 * hour)
  t.equal(await start(), undefined, 'the former one has not ended')
  await end(first as string)
  const second = await start()
  t.type(second, 'string')
  await end(second as string)
  t.equal(await start(), undefined)
  await jump(23 * hour)
  t.equal(await start(), undefined)
  await jump(2 * hour)
  const byHand = await startRun({ database: prisma, ...daily, scope: { issue: 'TEST-1' }, startedBy: 'anna' })
  t.equal(await start(), undefined, 'one at a time')
  await end(byHand)
  t.type(await start(), 'string', 'a run by hand is none of the schedule')
})

t.test('of many servers that ask at once one starts the run', async t => {
  const { prisma, start } = await runsOf(t)
  const started = await Promise.all(Array.from({ length: 12 }, start))
  t.equal(started.filter(id => id !== undefined).length, 1)
  t.equal(await prisma.reconciliationRun.count(), 1)
})

t.test('a jump of the clock by 90 days, there and back, starts one run each', async t => {
  const { end, jump, start } = await runsOf(t)
  await end((await start()) as string)
  for (const days of [90, -90, -90, 90]) {
    await jump(days * day)
    const started = await start()
    if (started !== undefined) await end(started)
    t.equal(await start(), undefined, `${days} days`)
  }
})

t.test('the schedules of all applications are looked at together', async t => {
  const { prisma, end, start } = await runsOf(t)
  await end((await start()) as string)
  const hourly = { ...daily, applicationId: 'erp', everyHours: 1 }
  t.same(await findDueApplications(prisma, [daily, hourly]), [hourly])
  t.same(await findDueApplications(prisma, []), [])
})

t.test('a run whose application was removed from the configuration ends, and says why', async t => {
  const { prisma, jump, start } = await runsOf(t)
  const id = (await start()) as string
  t.same(await cancelForgottenRuns(prisma, []), [], 'another server may be about to begin it')
  await jump(11 * 60_000)
  t.same(await cancelForgottenRuns(prisma, ['crm']), [], 'this server has it')
  const lease = (seconds: number) =>
    prisma.reconciliationRun.update({
      where: { id },
      data: { state: 'running', leaseToken: 'x', leaseUntil: new Date(Date.now() + seconds * 1_000) },
    })
  await lease(20)
  t.same(await cancelForgottenRuns(prisma, ['erp']), [], 'another server carries it out')
  await lease(-1)
  t.same(await cancelForgottenRuns(prisma, ['erp']), [{ id, applicationId: 'crm' }])
  t.match(await prisma.reconciliationRun.findFirst(), {
    state: 'cancelled',
    reason: /no longer in the configuration/,
    endedAt: Date,
    nextAt: null,
    leaseToken: null,
  })
  t.same(await cancelForgottenRuns(prisma, []), [])
})
