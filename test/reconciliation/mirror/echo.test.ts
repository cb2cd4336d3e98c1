import t from 'tap'
import { openMirrored } from '../../support/mirrored.ts'
import { until } from '../../support/until.ts'

const tracker = { kind: 'tracker' } as const

t.test('a call of Tracker for a removal of ours does not take the link that was made anew', async t => {
  const { open, create, remove, inTracker, quiet, prisma } = await openMirrored(t)
  await open()
  await create('TEST-1', 'a')
  await until(() => inTracker().length === 1)
  await remove('TEST-1', 'a')
  await until(() => inTracker().length === 0)
  await quiet()
  await create('TEST-1', 'a')
  await remove('TEST-1', 'a', tracker)
  await until(async () => (await prisma.link.count()) === 1 && inTracker().length === 1)
  await quiet()
  const last = await prisma.linkEvent.findFirst({ orderBy: { id: 'desc' } })
  t.match(last, { kind: 'created', actorKind: 'application', actorLogin: 'mirror' })

  await remove('TEST-1', 'a', tracker)
  await until(async () => (await prisma.link.count()) === 1)
  await quiet()
  t.same(inTracker(), ['TEST-1 a'], 'a late call, as long as Tracker has the link')
})

t.test('what a user of Tracker removes stays removed', async t => {
  const { open, create, remove, inTracker, quiet, world, prisma } = await openMirrored(t)
  await open()
  await create('TEST-1', 'a')
  await until(() => inTracker().length === 1)
  await quiet()
  const issue = world.issue('TEST-1')
  const [link] = issue ? world.remoteLinksOf(issue) : []
  if (!issue || !link) throw new Error('the link is in Tracker')
  world.removeRemoteLink(issue, link, world.firstUser())
  await remove('TEST-1', 'a', tracker)
  await quiet()
  t.equal(await prisma.link.count(), 0)
  t.same(inTracker(), [])
  t.match(await prisma.linkMirror.findFirst(), { wanted: 'absent', agreed: 'absent', nextAt: null })
})
