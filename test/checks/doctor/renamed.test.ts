import t from 'tap'
import { renamedProbe } from '../../../src/checks/doctor/probes/renamed.ts'
import { lookWith } from '../../support/doctor-ground.ts'
import { testDatabase } from '../../support/test-database.ts'

const { prisma: database } = await testDatabase(t)
const applicationId = 'crm'
const look = (about: { object?: string; issue?: string }) => lookWith(renamedProbe, { ground: { database }, ...about })

t.test('a former key of an object is told with the present one, and nothing of others', async t => {
  await database.objectAlias.create({ data: { applicationId, alias: 'D-1', remoteKey: 'D 9' } })
  t.match(await look({ object: 'D-1', issue: 'TEST-7' }), [
    {
      code: 'TLK-C33',
      says: 'D-1 is D 9 now',
      next: "tracker-links doctor crm --issue TEST-7 --object 'D 9'",
      remoteKey: 'D-1',
    },
  ])
  for (const about of [{ object: 'D 9' }, { object: 'D-2' }, {}]) t.same(await look(about), [])
})

t.test('an object that is just being renamed is told as that', async t => {
  const both = [
    ['E-1', 'E-2'],
    ['E-2', 'E-1'],
  ]
  for (const [alias = '', remoteKey = ''] of both)
    await database.objectAlias.create({ data: { applicationId, alias, remoteKey } })
  t.match(await look({ object: 'E-2' }), [{ says: 'E-2 and E-1 are one object, which is being renamed' }])
})
