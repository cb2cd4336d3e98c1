import t from 'tap'
import { keepSchedule } from '../../../src/reconciliation/runs/keep-schedule.ts'
import { testApp } from '../../support/test-app.ts'
import { until } from '../../support/until.ts'

const tellingOf = (log: readonly Record<string, unknown>[], words: string) =>
  log.filter(({ msg }) => String(msg).includes(words))

const often = { first: 0, next: 10 }
const scheduled = { organization: 'main', reconciliation: { every: '24h', repair: 'here' } } as const

t.test('a server starts the runs of its schedules, and cancels those of applications that are gone', async t => {
  const { prisma, applications, log, logger } = await testApp(
    t,
    { ...scheduled, id: 'crm' },
    { ...scheduled, id: 'alone', organization: undefined as unknown as string },
    { organization: 'main', id: 'asked' },
  )
  let started = 0
  const kept = keepSchedule({ database: prisma, log: logger, started: () => started++ }, often)
  t.teardown(() => kept.stop())
  const runs = () => prisma.reconciliationRun.findMany({ select: { applicationId: true, repair: true, state: true } })
  kept.use([...applications.values()])
  await until(() => started > 0)
  t.same(await runs(), [{ applicationId: 'crm', repair: 'here', state: 'waiting' }])
  t.match(tellingOf(log, 'by its schedule'), [{ application: 'crm', repair: 'here' }])

  await prisma.reconciliationRun.updateMany({ data: { nextAt: new Date(Date.now() - 11 * 60_000) } })
  kept.use([])
  await until(async () => (await runs())[0]?.state === 'cancelled')
  t.match(tellingOf(log, 'no server has its application'), [{ application: 'crm' }])
  t.equal(started, 1)
})

t.test('a database that fails is told, and ends no schedule', async t => {
  const { prisma, applications, log, logger } = await testApp(t, scheduled)
  const failing = new Proxy(prisma, {
    get: (target, name) =>
      tellingOf(log, 'could be started').length < 2
        ? () => Promise.reject(new Error('away'))
        : Reflect.get(target, name),
  })
  let started = 0
  const kept = keepSchedule({ database: failing, log: logger, started: () => started++ }, often)
  t.teardown(() => kept.stop())
  kept.use([...applications.values()])
  await until(() => started > 0)
  t.equal(tellingOf(log, 'could be started').length, 2)
})
