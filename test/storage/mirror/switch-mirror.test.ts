import t from 'tap'
import { sendDifferences, sendNothing } from '../../../src/storage/mirror/switch-mirror.ts'
import { testDatabase } from '../../support/test-database.ts'

const { prisma } = await testDatabase(t)
const soon = new Date(Date.now() + 3_600_000)
const row = { wanted: 'linked', generation: 1n } as const
const waiting = async () => {
  const rows = await prisma.linkMirror.findMany({ where: { nextAt: { not: null } } })
  return rows.map(({ applicationId, remoteKey }) => `${applicationId} ${remoteKey}`).sort()
}

t.test('an application that is switched off or on is the only one whose links are', async t => {
  for (const applicationId of ['crm', 'erp']) {
    const of = { ...row, applicationId, issueKey: 'TEST-1' }
    await prisma.linkMirror.createMany({
      data: [
        { ...of, remoteKey: 'due', nextAt: new Date() },
        { ...of, remoteKey: 'later', nextAt: soon },
        { ...of, remoteKey: 'in hand', nextAt: new Date(), leaseToken: 'worker' },
        { ...of, remoteKey: 'alike', agreed: 'linked', nextAt: null },
        { ...of, remoteKey: 'in doubt', agreed: 'linked', inDoubt: true, nextAt: null },
      ],
    })
  }
  const others = ['erp due', 'erp in hand', 'erp later']
  await sendNothing(prisma, 'crm')
  t.same(await waiting(), ['crm in hand', ...others])
  await sendDifferences(prisma, 'crm')
  t.same(await waiting(), ['crm due', 'crm in doubt', 'crm in hand', 'crm later', ...others])
})
