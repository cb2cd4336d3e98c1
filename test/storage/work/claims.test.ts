import t from 'tap'
import { claimDue, extendLease, release } from '../../../src/storage/work/claims.ts'
import { testDatabase } from '../../support/test-database.ts'

const { prisma } = await testDatabase(t)

const keyOf = (remoteKey: string) => ({ application_id: 'crm', issue_key: 'TEST-1', remote_key: remoteKey })
const row = { applicationId: 'crm', issueKey: 'TEST-1', wanted: 'linked', generation: 1n } as const
const claim = (limit: number) => claimDue(prisma, { table: 'link_mirror', limit, leaseSeconds: 25 })
const keys = (rows: readonly { remoteKey: string }[]) => rows.map(({ remoteKey }) => remoteKey).sort()

/** So many rows that are due for a second, and no others. */
async function due(count: number): Promise<void> {
  await prisma.linkMirror.deleteMany()
  await prisma.$executeRaw`
    INSERT INTO link_mirror (application_id, issue_key, remote_key, wanted, generation, next_at)
    SELECT 'crm', 'TEST-1', lpad(n::text, 4, '0'), 'linked', 1, now() - interval '1 s' FROM generate_series(1, ${count}) AS n`
}

t.test('claimants that come together never get the same row, and together they get all', async t => {
  await due(600)
  const claims = await Promise.all(Array.from({ length: 24 }, () => claim(25)))
  const got = claims.flat()
  t.equal(new Set(keys(got)).size, got.length)
  for (let rest = await claim(25); rest.length > 0; rest = await claim(25)) got.push(...rest)
  t.equal(new Set(keys(got)).size, 600)
  t.equal(got.length, 600)
  t.equal(new Set(claims.map(([first]) => first?.leaseToken)).size, claims.filter(rows => rows.length > 0).length)
})

t.test('only what is due is claimed, the longest due first', async t => {
  await due(3)
  await prisma.$executeRaw`UPDATE link_mirror SET next_at = now() - interval '1 h' WHERE remote_key = '0002'`
  await prisma.linkMirror.createMany({
    data: [
      { ...row, remoteKey: 'later', nextAt: new Date(Date.now() + 60_000) },
      { ...row, remoteKey: 'at rest' },
    ],
  })
  t.match(await claim(1), [{ remoteKey: '0002', generation: 1n, formerToken: null, leaseToken: String }])
  t.same(keys(await claim(9)), ['0001', '0003'])
})

t.test('a lease that is over is taken over, and the former token can do nothing more', async t => {
  await due(1)
  const [dead] = await claim(1)
  t.same(await claim(1), [], 'the lease lasts')
  await prisma.$executeRaw`UPDATE link_mirror SET lease_until = now() - interval '1 ms'`
  const [next] = await claim(1)
  t.equal(next?.formerToken, dead?.leaseToken)
  const [former = '', token = ''] = [dead?.leaseToken, next?.leaseToken]
  t.equal(await extendLease(prisma, 'link_mirror', keyOf('0001'), { token: former, seconds: 25 }), false)
  t.equal(await release(prisma, 'link_mirror', keyOf('0001'), former), false)
  t.equal((await prisma.linkMirror.findFirstOrThrow()).leaseToken, token)
  t.equal(await extendLease(prisma, 'link_mirror', keyOf('0001'), { token, seconds: 25 }), true)
  t.equal(await release(prisma, 'link_mirror', keyOf('0001'), token), true)
  t.match(await claim(1), [{ formerToken: null }])
})

t.test('a lease of a clock that went back since counts as over', async t => {
  await due(2)
  await claim(2)
  await prisma.$executeRaw`UPDATE link_mirror SET lease_until = now() + interval '24 s' WHERE remote_key = '0001'`
  await prisma.$executeRaw`UPDATE link_mirror SET lease_until = now() + interval '1 h' WHERE remote_key = '0002'`
  t.same(keys(await claim(2)), ['0002'])
})

t.test('a row that somebody has locked is not waited for', async t => {
  await due(2)
  await prisma.$transaction(async tx => {
    await tx.$queryRaw`SELECT FROM link_mirror WHERE remote_key = '0001' FOR UPDATE`
    t.same(keys(await claim(2)), ['0002'])
  })
})

t.test('runs are claimed in the same way', async t => {
  await prisma.reconciliationRun.create({
    data: {
      id: 'r1',
      applicationId: 'crm',
      scope: {},
      repair: 'none',
      state: 'waiting',
      startedBy: 'a test',
      counts: { issues: 7 },
      nextAt: new Date(0),
    },
  })
  const [run] = await claimDue(prisma, { table: 'reconciliation_run', limit: 1, leaseSeconds: 20 })
  t.match(run, { id: 'r1', applicationId: 'crm', startedBy: 'a test', counts: { issues: 7 }, formerToken: null })
  t.equal(await release(prisma, 'reconciliation_run', { id: 'r1' }, run?.leaseToken ?? ''), true)
})
