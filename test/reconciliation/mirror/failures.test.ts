import t from 'tap'
import { openMirrored } from '../../support/mirrored.ts'
import { until } from '../../support/until.ts'

// Tracker as it may be: it takes a second link to the same object.
const settings = { repeatedLink: 'duplicate' } as const

t.test('what a dead process may have sent is looked up, not sent again', async t => {
  const { open, create, world, prisma, inTracker, quiet, requests } = await openMirrored(t, settings)
  const server = await open()
  await create('TEST-1', 'a')
  await quiet()
  await server.close()
  // Two more: one that it had sent when it died, and one that it had not.
  const [issue, crm] = [world.issue('TEST-2'), world.application('crm')]
  if (!issue || !crm) throw new Error('the world has changed')
  world.addRemoteLink({ issue, application: crm, key: 'sent', by: world.firstUser() })
  for (const remoteKey of ['sent', 'not sent'])
    await prisma.$executeRaw`
      INSERT INTO link_mirror (application_id, issue_key, remote_key, wanted, generation, next_at, lease_token, lease_until)
      VALUES ('crm', 'TEST-2', ${remoteKey}, 'linked', 1, now() - interval '1 min', 'of the dead', now() - interval '1 s')`
  requests.length = 0
  await open()
  await quiet()
  t.same(inTracker(), ['TEST-1 a', 'TEST-2 not sent', 'TEST-2 sent'])
  t.same(requests, ['GET /v3/issues/TEST-2/remotelinks', 'POST /v3/issues/TEST-2/remotelinks?backlink=false'])
})

t.test('a request whose answer was lost is looked up, and what is doubled becomes single', async t => {
  const { open, create, remove, world, sandbox, inTracker, quiet, mirrorOf, lines } = await openMirrored(t, settings)
  const [issue, crm] = [world.issue('TEST-1'), world.application('crm')]
  if (!issue || !crm) throw new Error('the world has changed')
  const add = () => world.addRemoteLink({ issue, application: crm, key: 'a', by: world.firstUser() })
  let lost = 0
  sandbox.meddle = ({ method }) => {
    if (method !== 'POST' || lost > 0) return undefined
    lost++
    add()
    // Somebody links it by hand as well.
    add()
    return 500
  }
  await open()
  await create('TEST-1', 'a')
  await quiet()
  t.equal(lost, 1)
  t.same(inTracker(), ['TEST-1 a'])
  t.match(await mirrorOf('a'), { agreed: 'linked', attempts: 0, lastError: null, inDoubt: false })
  t.match(
    lines.filter(({ reason }) => reason === 'outcome-unknown'),
    [{ applicationId: 'crm', issueKey: 'TEST-1', remoteKey: 'a', detail: /500/ }],
  )
  await remove('TEST-1', 'a')
  await quiet()
  t.same(inTracker(), [])
})

t.test('two servers send each link once', async t => {
  const { open, create, inTracker, quiet } = await openMirrored(t, settings)
  await Promise.all([open(), open()])
  const keys = Array.from({ length: 120 }, (_, number) => `k${number}`)
  await Promise.all(keys.map((key, number) => create(`TEST-${(number % 5) + 1}`, key)))
  await quiet()
  t.equal(inTracker().length, 120)
  t.equal(new Set(inTracker()).size, 120)
})

t.test('a link that changes all the time is sent twice at most', async t => {
  const { open, create, remove, inTracker, quiet, requests } = await openMirrored(t, settings)
  await open()
  for (let flip = 0; flip < 100; flip++) {
    await create('TEST-1', 'a')
    await remove('TEST-1', 'a')
  }
  await create('TEST-1', 'a')
  await quiet()
  t.same(inTracker(), ['TEST-1 a'])
  t.ok(requests.length <= 2, `${requests.length} requests`)
})

t.test('while Tracker asks for a pause nothing counts as a failure', async t => {
  const { open, create, sandbox, inTracker, quiet, mirrorOf } = await openMirrored(t, settings)
  let refused = 0
  sandbox.meddle = () => (refused++ === 0 ? 429 : undefined)
  await open()
  await create('TEST-1', 'a')
  await quiet()
  t.same(inTracker(), ['TEST-1 a'])
  t.match(await mirrorOf('a'), { attempts: 0, lastError: null })
})

t.test('a stopped issue stops no other, and a stopped application is tried by one link until a reload', async t => {
  const { open, create, sandbox, inTracker, quiet, prisma, requests, lines } = await openMirrored(t, settings)
  const server = await open()
  sandbox.meddle = ({ url }) => (url.includes('TEST-1/') ? 423 : undefined)
  for (const key of ['a', 'b', 'c']) await create('TEST-1', key)
  await create('TEST-2', 'd')
  await until(() => inTracker().length === 1)
  const stop = await until(async () => (await prisma.mirrorStop.findFirst()) ?? false)
  t.match(stop, { applicationId: 'crm', issueKey: 'TEST-1', reason: 'issue-locked', detail: /423/ })
  const told = { where: { lastError: { not: null } } }
  t.match(await until(async () => (await prisma.linkMirror.findFirst(told)) ?? false), { attempts: 0 })
  // Also those that were not tried: they are out of the way of others.
  await until(async () => {
    const { nextAt } = await prisma.mirrorStop.findFirstOrThrow()
    return (await prisma.linkMirror.count({ where: { issueKey: 'TEST-1', nextAt } })) === 3
  })
  // A refusal is no success, which would end the stop: its next pause is longer.
  await until(async () => (await prisma.mirrorStop.count({ where: { attempts: 2 } })) === 1)

  sandbox.meddle = () => 403
  await create('TEST-3', 'e')
  await create('TEST-4', 'f')
  await until(async () => (await prisma.mirrorStop.findFirst({ where: { issueKey: '' } })) ?? false)
  await prisma.mirrorStop.updateMany({ data: { attempts: 11, nextAt: new Date(Date.now() + 900_000) } })
  requests.length = 0
  sandbox.meddle = () => undefined
  await server.reload()
  await quiet()
  t.same(inTracker(), ['TEST-1 a', 'TEST-1 b', 'TEST-1 c', 'TEST-2 d', 'TEST-3 e', 'TEST-4 f'])
  t.equal(await prisma.mirrorStop.count(), 0)
  t.equal(requests.length, 5)
  t.same(
    lines.flatMap(({ msg, reason }) =>
      String(msg).startsWith('the mirror') ? [reason ?? String(msg).slice(0, 18)] : [],
    ),
    ['issue-locked', 'rights-missing', 'the mirror goes on', 'the mirror goes on'],
  )
})

t.test('a link of an issue that is stopped already waits for the same moment', async t => {
  const { open, create, inTracker, quiet, prisma, mirrorOf } = await openMirrored(t, settings)
  const server = await open()
  const nextAt = new Date(Date.now() + 900_000)
  await prisma.mirrorStop.create({
    data: { applicationId: 'crm', issueKey: 'TEST-1', reason: 'issue-locked', nextAt, attempts: 11 },
  })
  await create('TEST-1', 'a')
  await until(async () => (await mirrorOf('a'))?.nextAt?.getTime() === nextAt.getTime())
  t.same(inTracker(), [])
  await server.reload()
  await quiet()
  t.same(inTracker(), ['TEST-1 a'])
})

t.test('a refusal of what was sent before a reload does not prolong the stop after it', async t => {
  const { open, create, sandbox, inTracker, quiet, prisma } = await openMirrored(t, settings)
  const server = await open()
  sandbox.meddle = () => 403
  await create('TEST-1', 'a')
  await until(async () => (await prisma.mirrorStop.findFirst()) ?? false)
  const [sent, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  sandbox.meddle = async () => {
    sent.resolve()
    await answered.promise
    return 403
  }
  await prisma.mirrorStop.updateMany({ data: { attempts: 11, nextAt: new Date(0) } })
  await sent.promise
  await server.reload()
  await until(async () => (await prisma.mirrorStop.findFirst())?.nextAt.getTime() === 0)
  sandbox.meddle = () => undefined
  answered.resolve()
  await quiet()
  t.same(inTracker(), ['TEST-1 a'])
})

t.test('what the probe counts of Tracker is no part of a step', async t => {
  for (const probe of [undefined, { days: 14 }]) {
    const { open, configOf, create, remove, prisma, inTracker, mirrorOf, quiet, lines } = await openMirrored(
      t,
      settings,
    )
    await open(configOf(probe && { probe }))
    await create('TEST-1', 'a')
    await quiet()
    await prisma.$executeRaw`ALTER TABLE probe_run RENAME TO away`
    await remove('TEST-1', 'a')
    const told = (text: RegExp) => lines.filter(({ msg }) => text.test(String(msg)))
    const failed = /were not mirrored/
    await until(async () => told(failed).length > 0 || (await mirrorOf('a'))?.agreed === 'absent')
    t.same(told(failed), [])
    t.same(inTracker(), [])
    t.equal(told(/not counted for the probe/).length, probe ? 1 : 0)
  }
})
