import t from 'tap'
import { mendClock, stopMirror } from '../../../src/storage/mirror/mirror-stops.ts'
import { findWork } from '../../../src/storage/mirror/mirrored-links.ts'
import { testDatabase } from '../../support/test-database.ts'

const { prisma } = await testDatabase(t)
const row = { applicationId: 'crm', issueKey: 'TEST-1', wanted: 'linked', generation: 1n } as const
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000)
const dueIssues = async () => {
  const question = { applications: ['crm'], follower: 'mirror', busy: [], most: 9 }
  return (await findWork(prisma, question)).flatMap(({ issues }) => issues)
}

t.test(
  'what waits for a moment that the clock will reach only much later is due, once the clock went back',
  async t => {
    await prisma.linkMirror.createMany({
      data: [
        { ...row, remoteKey: 'an hour', nextAt: inSeconds(3_600) },
        { ...row, remoteKey: '90 days', attempts: 20, nextAt: inSeconds(90 * 86_400) },
        { ...row, remoteKey: 'its pause', attempts: 12, nextAt: inSeconds(2_000) },
        { ...row, remoteKey: 'settling', nextAt: inSeconds(1) },
      ],
    })
    t.equal(await mendClock(prisma, ['other']), 0)
    t.equal(await mendClock(prisma, ['crm']), 2)
    const due = await prisma.linkMirror.findMany({
      where: { nextAt: { lte: new Date() } },
      orderBy: { remoteKey: 'asc' },
    })
    t.same(
      due.map(({ remoteKey }) => remoteKey),
      ['90 days', 'an hour'],
    )
  },
)

t.test(
  'a stop lasts longer each time, is counted once however many meet it, and not beyond a clock that went back',
  async t => {
    t.same(await dueIssues(), ['TEST-1'])
    const reason = { reason: 'issue-locked', detail: 'Played.' }
    const stop = () => stopMirror(prisma, 'crm', 'TEST-1', reason)
    t.same([(await stop()).isNew, (await stop()).isNew], [true, false])
    t.same(await dueIssues(), [])
    const waits: number[] = []
    for (let tries = 0; tries < 14; tries++) {
      const { attempts } = await prisma.mirrorStop.findFirstOrThrow()
      const [left] = await prisma.$queryRaw<[{ seconds: number }]>`
      SELECT round(extract(epoch FROM next_at - now()))::int AS seconds FROM mirror_stop`
      waits[attempts] = left.seconds
      await prisma.$executeRaw`UPDATE mirror_stop SET next_at = now() - interval '1 ms'`
      t.same(await dueIssues(), ['TEST-1'])
      await Promise.all([stop(), stop(), stop()])
    }
    t.same(waits.slice(2, 5), [2, 4, 8])
    t.same(waits.slice(12), [2_048, 3_600, 3_600])
    await prisma.$executeRaw`UPDATE mirror_stop SET next_at = now() + interval '2 h'`
    t.same(await dueIssues(), ['TEST-1'])
    await stopMirror(prisma, 'crm', '', reason)
    t.same(await dueIssues(), [], 'a stop of the application stops all its issues')
  },
)
