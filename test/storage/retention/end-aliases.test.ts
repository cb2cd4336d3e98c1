import t from 'tap'
import { endAliases } from '../../../src/storage/retention/end-aliases.ts'
import { eventDatabase } from '../../support/old-events.ts'

t.test('a former key ends once Tracker is known to have no link with it', async t => {
  const { prisma, session } = await eventDatabase(t)
  const applicationId = 'crm'
  const follow = (eventId: bigint) =>
    prisma.follower.upsert({
      where: { applicationId_name: { applicationId, name: 'mirror' } },
      create: { applicationId, name: 'mirror', eventId, occurredAt: new Date() },
      update: { eventId },
    })
  const alias = (key: string, followed = true) =>
    prisma.objectAlias.create({ data: { applicationId, alias: key, remoteKey: 'new', followed } })
  const link = { applicationId, issueKey: 'TEST-1' }
  const left = async () => {
    await endAliases(session)
    return (await prisma.objectAlias.findMany({ orderBy: { alias: 'asc' } })).map(({ alias: key }) => key)
  }
  await alias('nobody followed', false)
  await alias('old')
  t.same(await left(), ['nobody followed', 'old'], 'an application without an organization has no follower')

  const { id } = await prisma.linkEvent.create({
    data: { ...link, remoteKey: 'old', kind: 'removed', actorKind: 'application', actorLogin: 'key' },
  })
  await follow(id - 1n)
  t.same(await left(), ['nobody followed', 'old'], 'the renaming has not been followed')
  await follow(id)
  const mirrored = { ...link, remoteKey: 'old', wanted: 'absent' as const, generation: 2n }
  await prisma.linkMirror.create({ data: { ...mirrored, agreed: 'linked' } })
  for (const known of [
    { agreed: null },
    { agreed: 'absent', inDoubt: true },
    { inDoubt: false, leaseToken: 'a' },
  ] as const) {
    t.same(await left(), ['nobody followed', 'old'])
    await prisma.linkMirror.updateMany({ data: known })
  }
  t.same(await left(), ['nobody followed', 'old'])
  await prisma.linkMirror.updateMany({ data: { leaseToken: null } })
  await prisma.link.create({ data: { ...link, remoteKey: 'old' } })
  t.same(await left(), ['nobody followed', 'old'], 'a link stands under it')
  await prisma.link.deleteMany()
  t.same(await left(), ['nobody followed'])
})
