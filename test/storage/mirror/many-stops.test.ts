import t from 'tap'
import { endStops, mendClock, putOff, resumeMirror, stopMirror } from '../../../src/storage/mirror/mirror-stops.ts'
import { findLateLinks } from '../../../src/storage/mirror/mirror-views.ts'
import { findWork } from '../../../src/storage/mirror/mirrored-links.ts'
import { testDatabase } from '../../support/test-database.ts'

const { prisma } = await testDatabase(t)
const work = async () => {
  const [found] = await findWork(prisma, { applications: ['crm'], follower: 'mirror', busy: [], most: 9 })
  return found?.issues
}
/** Links that wait, and are the first that are due. */
const addLinks = (issues: number, links: number) => prisma.$executeRaw`
  INSERT INTO link_mirror (application_id, issue_key, remote_key, wanted, generation, next_at)
  SELECT 'crm', 'TEST-' || issue, 'k' || link, 'linked', 1, now() - interval '1 min'
  FROM generate_series(1, ${issues}::int) AS issue, generate_series(1, ${links}::int) AS link`
const dueLinks = () => prisma.linkMirror.count({ where: { issueKey: 'TEST-1', nextAt: { lte: new Date() } } })
const stop = () => stopMirror(prisma, 'crm', 'TEST-1', { reason: 'issue-locked', detail: 'Played.' })
const lastHalfAnHour = () =>
  prisma.mirrorStop.updateMany({ data: { nextAt: new Date(Date.now() + 1_800_000), attempts: 12 } })

t.beforeEach(() => prisma.$executeRaw`TRUNCATE link_mirror, mirror_stop`)

t.test('thousands of stopped issues do not hold up what comes after them', async t => {
  await addLinks(2_001, 10)
  await prisma.$executeRaw`
    UPDATE link_mirror SET next_at = now() - interval '1 s' WHERE issue_key = 'TEST-2001'`
  await prisma.$executeRaw`
    INSERT INTO mirror_stop (application_id, issue_key, reason, next_at, attempts)
    SELECT 'crm', 'TEST-' || issue, 'issue-unknown', now() + interval '30 min', 12 FROM generate_series(1, 2000) AS issue`
  // The database ends a statement that takes too long; comparing all links with all stops did.
  t.same(await work(), ['TEST-2001'])
  t.match(await findLateLinks(prisma, 'crm', 0), { links: 10 })
})

t.test('links wait for the stop of their issue, but for those that somebody has in hand', async t => {
  await addLinks(2, 3)
  await prisma.$executeRaw`UPDATE link_mirror SET lease_token = 'a', lease_until = now() WHERE remote_key = 'k1'`
  t.equal(await putOff(prisma, 'crm', ['TEST-1']), 0, 'it is not stopped')
  await stop()
  t.equal(await putOff(prisma, 'crm', ['TEST-1']), 2)
  t.equal(await dueLinks(), 1)
  t.same(await work(), ['TEST-2'])
  await lastHalfAnHour()
  t.equal(await putOff(prisma, 'crm', ['TEST-1']), 2, 'the stop is longer by now')
  t.equal(await mendClock(prisma, ['crm']), 0, 'no clock went back')
})

t.test('they are due as soon as the stop is over', async t => {
  for (const end of [
    () => resumeMirror(prisma, ['crm']),
    () => resumeMirror(prisma, ['crm'], 'TEST-1'),
    () => endStops(prisma, 'crm', 'TEST-1'),
  ]) {
    await prisma.$executeRaw`TRUNCATE link_mirror, mirror_stop`
    await addLinks(1, 3)
    await stop()
    await lastHalfAnHour()
    await putOff(prisma, 'crm', ['TEST-1'])
    await resumeMirror(prisma, ['other'])
    await resumeMirror(prisma, ['crm'], 'TEST-9')
    await endStops(prisma, 'crm', 'TEST-9')
    t.equal(await dueLinks(), 0, 'not by that of another')
    await end()
    t.equal(await dueLinks(), 3)
    t.same(await work(), ['TEST-1'])
  }
})

t.test('a stop that is gone holds nothing for longer than a clock that went back', async t => {
  await addLinks(1, 3)
  await stop()
  await lastHalfAnHour()
  await putOff(prisma, 'crm', ['TEST-1'])
  await prisma.mirrorStop.deleteMany()
  t.equal(await mendClock(prisma, ['crm']), 3)
  t.equal(await dueLinks(), 3)
})

t.test('however many links wait, they come back in steps that each end in time', async t => {
  const many = 12_500
  await addLinks(1, many)
  await prisma.$executeRaw`UPDATE link_mirror SET next_at = now() + interval '1 h'`
  t.equal(await mendClock(prisma, ['crm']), many, 'as after a clock that went back')
  await stop()
  await lastHalfAnHour()
  const putAllOff = async () => {
    while ((await putOff(prisma, 'crm', ['TEST-1'])) > 0);
  }
  await putAllOff()
  t.equal(await dueLinks(), 0)
  t.equal(await resumeMirror(prisma, ['crm']), 1)
  t.equal(await dueLinks(), many)
  await lastHalfAnHour()
  await putAllOff()
  t.same(await endStops(prisma, 'crm', 'TEST-1'), ['TEST-1'])
  t.equal(await dueLinks(), many)
})
