import t from 'tap'
import { callsOfLastHour } from '../../../src/storage/calls/last-hour.ts'
import { writeCalls } from '../../../src/storage/calls/write-calls.ts'
import { applicationTotals } from '../../../src/storage/reconciliation/application-totals.ts'
import { newCallRecord } from '../../support/call-record.ts'
import { storedLinks } from '../../support/stored.ts'
import { testDatabase } from '../../support/test-database.ts'

const until = new Date(Date.UTC(2027, 0, 1, 12))
const before = (minutes: number) => until.getTime() - minutes * 60_000

t.test('each record counts for the calls it stands for', async t => {
  const { prisma } = await testDatabase(t)
  await writeCalls(
    prisma,
    [
      newCallRecord({ requestId: 'a', at: before(5), milliseconds: 0.5, standsFor: 97 }),
      newCallRecord({ requestId: 'b', at: before(4), milliseconds: 8, status: 404 }),
      newCallRecord({ requestId: 'c', at: before(3), milliseconds: 63.71, status: 503 }),
      newCallRecord({ requestId: 'd', at: before(2), milliseconds: 128, status: 500 }),
      newCallRecord({ requestId: 'e', at: before(61), milliseconds: 4096, status: 500 }),
      newCallRecord({ requestId: 'f', at: before(90), applicationId: 'erp' }),
      newCallRecord({ requestId: 'g', at: before(70), applicationId: 'erp', status: 401 }),
    ],
    'r1',
  )
  t.same(await callsOfLastHour(prisma, ['erp', 'crm', 'new'], until), [
    { ...quiet('erp'), lastAt: new Date(before(70)), lastGoodAt: new Date(before(90)) },
    {
      applicationId: 'crm',
      calls: 100,
      errors: 2,
      p50: 0.5,
      p99: 63.7,
      lastAt: new Date(before(2)),
      lastGoodAt: new Date(before(5)),
    },
    quiet('new'),
  ])
})

t.test('links and the last reconciliation of each application', async t => {
  const { prisma } = await testDatabase(t)
  const { change } = storedLinks(prisma)
  const links = ['D-1', 'D-2'].map(remoteKey => ({ issueKey: 'TEST-7', remoteKey })) as never
  await change({ kind: 'create', applicationId: 'crm', links, actor: { kind: 'tracker' } })
  const run = { applicationId: 'crm', scope: {}, repair: 'none', startedBy: 'schedule', counts: {} } as const
  await prisma.reconciliationRun.createMany({
    data: [
      { ...run, id: 'old', state: 'failed', startedAt: new Date(before(9)) },
      { ...run, id: 'new', state: 'finished', startedAt: new Date(before(3)) },
    ],
  })
  t.same(await applicationTotals(prisma, ['crm', 'erp']), [
    { applicationId: 'crm', links: 2, runState: 'finished', runStartedAt: new Date(before(3)) },
    { applicationId: 'erp', links: 0, runState: null, runStartedAt: null },
  ])
})

const quiet = (applicationId: string) => ({
  applicationId,
  calls: 0,
  errors: 0,
  p50: null,
  p99: null,
  lastAt: null,
  lastGoodAt: null,
})
