import t from 'tap'
import { findRun } from '../../../src/storage/reconciliation/list-runs.ts'
import { startRun } from '../../../src/storage/reconciliation/start-run.ts'
import { openMirrored } from '../../support/mirrored.ts'
import { until } from '../../support/until.ts'

t.test('a server repairs what was made before it followed, and sends each link once beside its mirror', async t => {
  const { open, create, inTracker, prisma, quiet, requests, mirrorOf, world } = await openMirrored(t)
  await create('TEST-1', 'before anybody followed')
  await create('TEST-2', 'removed there', { kind: 'tracker' })
  const [issue, application] = [world.issue('TEST-3'), world.application('crm')]
  if (!issue || !application) throw new Error('the world has changed')
  world.addRemoteLink({ issue, application, key: 'lost', by: world.firstUser() })
  const id = await startRun({
    database: prisma,
    applicationId: 'crm',
    scope: { all: true },
    repair: 'both',
    startedBy: 'test',
  })
  await open()
  await create('TEST-1', 'meanwhile')
  const run = await until(async () => {
    const found = await findRun(prisma, id)
    return found?.endedAt ? found : undefined
  })
  t.match(run, { state: 'finished', counts: { repaired: 3 } })
  await quiet()
  t.same(inTracker(), ['TEST-1 before anybody followed', 'TEST-1 meanwhile', 'TEST-3 lost'])
  const links = await prisma.link.findMany({ orderBy: [{ issueKey: 'asc' }, { remoteKey: 'asc' }] })
  t.same(
    links.map(({ issueKey, remoteKey }) => `${issueKey} ${remoteKey}`),
    inTracker(),
  )
  t.equal(requests.filter(request => request.startsWith('POST') && request.includes('/remotelinks')).length, 2)
  t.match(await mirrorOf('before anybody followed'), { agreed: 'linked', wanted: 'linked', nextAt: null })
  t.match(await mirrorOf('lost'), { agreed: 'linked', wanted: 'linked', nextAt: null }, 'and is not sent back')
})
