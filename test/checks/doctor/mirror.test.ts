import t from 'tap'
import { mirrorProbe } from '../../../src/checks/doctor/probes/mirror.ts'
import { doctorBesideTracker, linesOf } from '../../support/doctor-ground.ts'

const { look: lookAt, database, change, cli } = await doctorBesideTracker(t)
const look = (issue?: string) => lookAt(mirrorProbe, { change: { mirror: true }, ...(issue && { issue }) })
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000)
const inAnHour = new Date(Date.now() + 3_600_000)
const applicationId = 'crm'

t.beforeEach(async () => {
  await database.linkMirror.deleteMany()
  await database.mirrorStop.deleteMany()
  await database.follower.deleteMany()
})

const waiting = (issueKey: string, remoteKey: string, minutes: number, more: object = {}) =>
  database.linkMirror.create({
    data: {
      applicationId,
      issueKey,
      remoteKey,
      wanted: 'linked',
      generation: 1n,
      changedAt: ago(minutes),
      nextAt: inAnHour,
      ...more,
    },
  })
const stop = (issueKey: string, reason: string, minutes = 30) =>
  database.mirrorStop.create({
    data: {
      applicationId,
      issueKey,
      reason,
      detail: 'Its own words.',
      since: ago(minutes),
      nextAt: inAnHour,
      attempts: 9,
    },
  })

t.test('nothing is said of a mirror that keeps up, nor of an application that is not mirrored', async t => {
  await waiting('TEST-1', 'just now', 1)
  await waiting('TEST-1', 'long settled', 600, { nextAt: null, agreed: 'linked' })
  t.same(await look(), [])
  await stop('', 'token-refused')
  t.same(await lookAt(mirrorProbe), [])
})

t.test('a stop while Tracker is away for a moment is none, and one that lasts is', async t => {
  await waiting('TEST-1', 'a', 30)
  await stop('', 'tracker-away', 4)
  t.same(await look(), [])
  await database.mirrorStop.updateMany({ data: { since: ago(6) } })
  t.match(linesOf(await look()), [/^TLK-A02 nothing is sent to Tracker since .*: tracker-away$/])
})

t.test('a stop of all is the cause of everything that waits', async t => {
  await waiting('TEST-1', 'a', 30)
  await stop('', 'token-refused')
  await stop('TEST-2', 'issue-locked')
  t.match(await look('TEST-1'), [
    {
      code: 'TLK-A02',
      says: /^nothing is sent to Tracker since (\d{4}-\d\d-\d\d )?\d\d:\d\d: token-refused$/,
      next: 'tracker-links mirror resume crm',
      evidence: [/^9 tries failed, the next is at .*: Its own words\.$/],
    },
  ])
  t.match(await cli.run(['mirror', 'resume', 'crm']), { code: 0, out: /2 of its stops are over/ })
})

t.test('stopped issues are told, or the one that is asked about, and their links are not late besides', async t => {
  await waiting('TEST-2', 'a', 30)
  await stop('TEST-2', 'issue-locked')
  await stop('TEST-3', 'rights-missing')
  t.match(await look(), [
    { code: 'TLK-A02', issueKey: 'TEST-2', evidence: [/./, 'stopped as well: TEST-3: rights-missing'] },
  ])
  const asked = await look('TEST-3')
  t.match(linesOf(asked), [/^TLK-A02 nothing is sent of TEST-3 since .*: rights-missing$/])
  t.equal(asked[0]?.next, 'tracker-links mirror resume crm --issue TEST-3')
  t.same(await look('TEST-1'), [])
})

t.test('links that wait for long are counted, with the reason of the last failure', async t => {
  await waiting('TEST-1', 'a', 90)
  await waiting('TEST-1', 'b', 60, { lastError: 'tracker-away', lastErrorDetail: 'No answer.' })
  await waiting('TEST-1', 'c', 1)
  t.match(await look(), [
    {
      code: 'TLK-A03',
      says: /^the mirror is behind: what changed at .* is not in Tracker yet$/,
      next: 'tracker-links mirror status crm',
      evidence: ['2 links wait for longer than 5 minutes', 'the last try failed: tracker-away, No answer.'],
    },
  ])
})

t.test(
  'a mirror that does not read the changes is behind, and one that has missed some is told to compare',
  async t => {
    await database.follower.create({ data: { applicationId, name: 'mirror', eventId: 0n, occurredAt: ago(90) } })
    await change('create', 'TEST-4', ['d', 'e'])
    t.same(await look(), [], 'they are a moment old')
    await database.linkEvent.updateMany({ data: { occurredAt: ago(20) } })
    t.match(await look(), [{ code: 'TLK-A03', evidence: ['2 changes of links have not been read by it'] }])
    await database.follower.create({
      data: { applicationId, name: 'mirror: missed', eventId: 1n, occurredAt: ago(95) },
    })
    t.match(await look(), [
      {
        code: 'TLK-A03',
        next: 'tracker-links reconcile crm --all',
        evidence: [/not been read/, /were removed by `retention`/],
      },
    ])
  },
)
