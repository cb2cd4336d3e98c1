import t from 'tap'
import type { Actor } from '../../../src/links/actor.ts'
import { noteMove } from '../../../src/links/moved-issues.ts'
import { openMirrored } from '../../support/mirrored.ts'

// The model goes through all that may happen (protocol.test.ts); here the same on a database and beside a sandbox.
const settings = { repeatedLink: 'duplicate' } as const
const application: Actor = { kind: 'application', login: 'crm' }
const tracker: Actor = { kind: 'tracker' }

t.test('what the mirror sent under the present key stays, whatever waits under a former one', async t => {
  const { open, prisma, world, inTracker, quiet } = await openMirrored(t, settings)
  const [issue, crm] = [world.issue('TEST-2'), world.application('crm')]
  if (!issue || !crm) throw new Error('the world has changed')
  world.moveIssue(issue, 'NEW', world.firstUser())
  const { id } = world.addRemoteLink({ issue, application: crm, key: 'a', by: world.firstUser() })
  const link = { applicationId: 'crm', remoteKey: 'a' }
  const agreed = { agreed: 'linked' as const, agreedGeneration: 1n, remoteLinkId: String(id) }
  await prisma.linkMirror.createMany({
    data: [
      { ...link, issueKey: 'NEW-1', wanted: 'linked', generation: 1n, ...agreed },
      { ...link, issueKey: 'TEST-2', wanted: 'absent', generation: 2n, agreed: 'linked', nextAt: new Date() },
    ],
  })
  await prisma.link.create({ data: { ...link, issueKey: 'NEW-1' } })
  await noteMove(prisma, 'crm', { issueId: issue.id, key: 'NEW-1', formerKeys: ['TEST-2'] })
  await open()
  await quiet()
  t.same(inTracker(), ['NEW-1 a'])
  t.match(await prisma.linkMirror.findMany(), [{ issueKey: 'NEW-1', wanted: 'linked', agreed: 'linked' }])
})

t.test('what is told late of a former key is told of the issue', async t => {
  const { open, create, remove, prisma, world, inTracker, quiet } = await openMirrored(t, settings)
  const issue = world.issue('TEST-2')
  if (!issue) throw new Error('the world has changed')
  const server = await open()
  await create('TEST-2', 'both keys', application)
  await create('TEST-2', 'again', application)
  await create('TEST-2', 'echo', application)
  await quiet()
  await server.close()
  world.moveIssue(issue, 'NEW', world.firstUser())
  // Removed under one key, while the issue has it under the other.
  await create('NEW-1', 'both keys', application)
  await remove('TEST-2', 'both keys', application)
  // Made anew, and taken by a call of Tracker for the removal before it.
  for (const key of ['again', 'echo']) {
    await remove('TEST-2', key, application)
    await create('TEST-2', key, application)
  }
  await remove('TEST-2', 'echo', tracker)
  await noteMove(prisma, 'crm', { issueId: issue.id, key: 'NEW-1', formerKeys: ['TEST-2'] })
  await open()
  await quiet()
  t.same(inTracker(), ['NEW-1 again', 'NEW-1 both keys', 'NEW-1 echo'])
  const here = await prisma.link.findMany({ orderBy: { remoteKey: 'asc' } })
  t.same(
    here.map(({ issueKey, remoteKey }) => `${issueKey} ${remoteKey}`),
    ['NEW-1 again', 'NEW-1 both keys', 'NEW-1 echo'],
  )
})
