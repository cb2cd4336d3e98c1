import t from 'tap'
import { removeMirrored } from '../../../src/storage/retention/remove-mirrored.ts'
import { eventDatabase } from '../../support/old-events.ts'

const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3_600_000)

t.test('what is known of a link that neither side has goes by its age, and nothing else does', async t => {
  const { prisma, session } = await eventDatabase(t)
  const gone = (remoteKey: string, more = {}) => ({
    applicationId: 'crm',
    issueKey: 'TEST-1',
    remoteKey,
    wanted: 'absent' as const,
    agreed: 'absent' as const,
    generation: 2n,
    agreedGeneration: 2n,
    changedAt: daysAgo(31),
    ...more,
  })
  // More than one statement looks at.
  const many = Array.from({ length: 5_001 }, (_, number) => gone(`old ${number}`))
  const others = [
    gone('young', { changedAt: daysAgo(29) }),
    gone('linked', { wanted: 'linked', agreed: 'linked' }),
    gone('removed here', { agreed: 'linked' }),
    gone('changed since', { generation: 3n }),
    gone('in doubt', { inDoubt: true }),
    gone('due', { nextAt: new Date() }),
    gone('claimed', { leaseToken: 'a', leaseUntil: new Date() }),
    gone('nobody knows', { agreed: null }),
  ]
  await prisma.linkMirror.createMany({ data: [...many, ...others] })
  const [held] = await prisma.$transaction(
    async tx => {
      await tx.$queryRaw`SELECT FROM link_mirror WHERE remote_key = 'old 7' FOR UPDATE`
      return [await removeMirrored(session, 30)]
    },
    { timeout: 60_000 },
  )
  t.equal(held, 5_000, 'nobody is waited for')
  t.equal(await removeMirrored(session, 30), 1)
  const left = await prisma.linkMirror.findMany({ select: { remoteKey: true }, orderBy: { remoteKey: 'asc' } })
  t.same(
    left.map(({ remoteKey }) => remoteKey),
    others.map(({ remoteKey }) => remoteKey).sort(),
  )
})
