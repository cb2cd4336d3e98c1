import t from 'tap'
import { openBackground } from '../src/background.ts'
import { fillSandbox } from '../src/config/fill-defaults.ts'
import { defaultRetention } from '../src/config/schemas/retention-schema.ts'
import { testApp } from './support/test-app.ts'
import { until } from './support/until.ts'

t.test('a server keeps the schedules of its configuration, and then those of the next one', async t => {
  const scheduled = { organization: 'main', reconciliation: { every: '24h' } } as const
  const { prisma, applications, logger } = await testApp(t, { ...scheduled, id: 'crm' }, { id: 'erp', ...scheduled })
  const of = (id: string) => ({
    publicUrl: 'https://links.example.com',
    organizations: [],
    retention: defaultRetention,
    applications: [...applications.values()].filter(one => one.id === id),
    sandbox: fillSandbox(),
  })
  const background = openBackground(of('crm'), { management: prisma, log: logger }, { first: 0, next: 10 })
  t.teardown(() => background.close())
  const scheduledFor = async () =>
    (await prisma.reconciliationRun.findMany({ select: { applicationId: true } })).map(run => run.applicationId)
  await until(async () => (await scheduledFor()).length > 0)
  t.same(await scheduledFor(), ['crm'])
  background.use(of('erp'))
  await until(async () => (await scheduledFor()).length > 1)
  t.same((await scheduledFor()).toSorted(), ['crm', 'erp'])
})
