import t from 'tap'
import { openMirrored } from '../../support/mirrored.ts'
import { until } from '../../support/until.ts'

t.test('without `mirror` nothing is sent, and what differs is, once it is on', async t => {
  const { open, create, remove, configOf, inTracker, quiet, requests, mirrorOf } = await openMirrored(t)
  await create('TEST-1', 'old')
  const server = await open(configOf({ mirror: false }))
  await create('TEST-1', 'a')
  await create('TEST-1', 'b', { kind: 'tracker' })
  await remove('TEST-1', 'old')
  await quiet()
  t.same(requests, [])
  t.match(await mirrorOf('a'), { wanted: 'linked', agreed: null, nextAt: null })
  t.match(await mirrorOf('b'), { wanted: 'linked', agreed: 'linked' })
  t.match(await mirrorOf('old'), { wanted: 'absent', agreed: 'linked', inDoubt: false, nextAt: null })

  server.next.config = configOf()
  await server.reload()
  await until(() => inTracker().length === 1)
  await quiet()
  t.same(inTracker(), ['TEST-1 a'])
  t.same(requests.toSorted(), [
    'GET /v3/issues/TEST-1/remotelinks',
    'POST /v3/issues/TEST-1/remotelinks?backlink=false',
  ])
})

t.test(
  'what waits for an application that is removed from the configuration stays, and goes on when it is back',
  async t => {
    const { open, create, configOf, sandbox, inTracker, quiet, prisma, requests, lines } = await openMirrored(t)
    const server = await open()
    sandbox.meddle = () => 503
    await create('TEST-1', 'a')
    await until(async () => (await prisma.linkMirror.count({ where: { attempts: { gt: 0 } } })) === 1)
    server.next.config = configOf({ id: 'other' })
    await server.reload()
    sandbox.meddle = () => undefined
    await prisma.linkMirror.updateMany({ data: { nextAt: new Date(0) } })
    // The other application is followed by now, so the mirror has looked at what is to do.
    await until(async () => (await prisma.follower.count({ where: { applicationId: 'other' } })) > 0)
    const before = requests.length
    t.match(await prisma.linkMirror.findMany(), [{ applicationId: 'crm', leaseToken: null }])
    server.next.config = configOf()
    await server.reload()
    await quiet()
    t.same(inTracker(), ['TEST-1 a'])
    t.equal(requests.length, before + 2, 'looked, and added')
    t.same(
      lines.filter(({ level }) => Number(level) >= 50),
      [],
    )
  },
)

t.test('events that were removed before they were read are told, and the mirror begins anew', async t => {
  const { open, create, inTracker, quiet, prisma, lines } = await openMirrored(t)
  const server = await open()
  await create('TEST-1', 'a')
  await quiet()
  await server.close()
  await create('TEST-1', 'missed')
  const [last] = await prisma.linkEvent.findMany({ orderBy: { id: 'desc' }, take: 1 })
  if (last === undefined) throw new Error('no event')
  await prisma.linkEvent.deleteMany()
  await prisma.removedEvent.create({ data: { applicationId: 'crm', id: last.id, occurredAt: last.occurredAt } })
  await create('TEST-1', 'missed as well')
  await open()
  await until(() => lines.some(({ msg }) => /removed by `retention` before the mirror had read them/.test(String(msg))))
  await create('TEST-1', 'b')
  await quiet()
  t.same(inTracker(), ['TEST-1 a', 'TEST-1 b'])
  t.match(await prisma.follower.findMany({ orderBy: { name: 'asc' } }), [
    { name: 'mirror', eventId: BigInt },
    { name: 'mirror: missed', eventId: last.id - 1n },
  ])
})
