import t from 'tap'
import { removeRepairCounts, removeRuns } from '../../../src/storage/retention/remove-runs.ts'
import { eventDatabase } from '../../support/old-events.ts'

const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3_600_000)

const run = (id: string, ended: number | undefined, planId?: string) => ({
  id,
  applicationId: 'crm',
  scope: { all: true },
  repair: 'none',
  state: ended === undefined ? ('running' as const) : ('finished' as const),
  startedBy: 'anna',
  startedAt: daysAgo(40),
  ...(ended !== undefined && { endedAt: daysAgo(ended) }),
  ...(planId !== undefined && { planId }),
  counts: {},
})
const lines = (runId: string, count: number) =>
  Array.from({ length: count }, (_, number) => ({ runId, number, issueKey: 'TEST-1', line: {} }))

const counted = (days: number) => ({ applicationId: 'crm', issueKey: 'TEST-1', day: daysAgo(days), repairs: 1 })

t.test('runs are removed with their plans by the age of their end; a plan that is being applied stays', async t => {
  const { prisma, session } = await eventDatabase(t)
  await prisma.reconciliationRun.createMany({
    data: [
      run('old', 31),
      run('young', 29),
      run('unended', undefined),
      run('applied', 31),
      run('x', undefined, 'applied'),
    ],
  })
  await prisma.planLine.createMany({
    data: [...lines('old', 2_500), ...lines('young', 1), ...lines('unended', 1), ...lines('applied', 1)],
  })
  t.equal(await removeRuns(session, 30), 1)
  const left = await prisma.reconciliationRun.findMany({ select: { id: true }, orderBy: { id: 'asc' } })
  t.same(
    left.map(({ id }) => id),
    ['applied', 'unended', 'x', 'young'],
  )
  t.equal(await prisma.planLine.count(), 3)
  await prisma.reconciliationRun.update({ where: { id: 'x' }, data: { endedAt: new Date() } })
  t.equal(await removeRuns(session, 30), 1, 'once it is applied, it goes by its own age')
})

t.test('the last run of a schedule stays until the next one: the schedule goes by it', async t => {
  const { prisma, session } = await eventDatabase(t)
  const scheduled = (id: string, days: number, applicationId = 'crm') => ({
    ...run(id, days),
    applicationId,
    startedBy: 'schedule',
    startedAt: daysAgo(days),
  })
  await prisma.reconciliationRun.createMany({
    data: [scheduled('former', 50), scheduled('last', 40), scheduled('given up', 101, 'erp'), run('by hand', 31)],
  })
  t.equal(await removeRuns(session, 30), 3)
  t.same(await prisma.reconciliationRun.findMany({ select: { id: true } }), [{ id: 'last' }])
})

t.test('counts of repairs are removed when their day is over for good', async t => {
  const { prisma, session } = await eventDatabase(t)
  await prisma.issueRepairs.createMany({ data: [0, 1, 2, 3, 4].map(counted) })
  t.equal(await removeRepairCounts(session), 2)
  t.equal(await prisma.issueRepairs.count(), 3)
})
