import t, { type Test } from 'tap'
import type { LinkKeys } from '../../../src/storage/links/link-keys.ts'
import { openMirrored } from '../../support/mirrored.ts'
import { storedLinks } from '../../support/stored.ts'
import { until } from '../../support/until.ts'

t.test('what is changed here is made so in Tracker, and what Tracker changed is not sent back', async t => {
  const { open, create, remove, inTracker, quiet, requests, mirrorOf, prisma, sandbox } = await openMirrored(t)
  await create('TEST-1', 'before anybody followed')
  await open()
  await create('TEST-1', 'a')
  await create('TEST-1', 'b')
  await create('TEST-2', 'c', { kind: 'tracker' })
  await create('TEST-2', 'd', { kind: 'user', login: 'user1' })
  await until(() => inTracker().length === 2)
  await quiet()
  t.same(inTracker(), ['TEST-1 a', 'TEST-1 b'])
  t.same(requests.sort(), Array(2).fill('POST /v3/issues/TEST-1/remotelinks?backlink=false'))
  t.same(
    (await prisma.rateBudget.findMany()).map(budget => budget.class),
    ['other'],
    'the rate is that of all processes together',
  )
  t.match(await mirrorOf('a'), { wanted: 'linked', agreed: 'linked', remoteLinkId: String, attempts: 0, nextAt: null })
  t.match(await mirrorOf('c'), { wanted: 'linked', agreed: 'linked', remoteLinkId: null, nextAt: null })

  const removals = () => requests.filter(request => request.startsWith('DELETE')).length
  const answered = Promise.withResolvers<undefined>()
  sandbox.meddle = ({ method }) => (method === 'DELETE' ? answered.promise : undefined)
  await remove('TEST-1', 'a')
  await until(() => removals() === 1)
  // Meanwhile nothing else of the issue is sent.
  await create('TEST-1', 'never sent')
  await remove('TEST-1', 'never sent')
  answered.resolve(undefined)
  await quiet()
  t.same(inTracker(), ['TEST-1 b'])
  t.match(await mirrorOf('a'), { wanted: 'absent', agreed: 'absent', remoteLinkId: null })
  t.equal(await prisma.linkMirror.count(), 5, 'the first link was there before anybody followed')
  t.equal(removals(), 1)
})

t.test('an application whose links change all the time does not keep those of another from Tracker', async t => {
  const { create, createOther, isOtherFollowed } = await openTwo(t)
  await createOther()
  let changes = 0
  await until(async () => {
    // There is always one more to follow.
    await create('TEST-1', `${changes++}`, { kind: 'tracker' })
    return isOtherFollowed()
  })
  t.ok(await isOtherFollowed())
})

t.test('an application whose links cannot be followed does not keep those of another from Tracker', async t => {
  const { prisma, lines, create, createOther, isOtherFollowed } = await openTwo(t)
  await prisma.$executeRaw`ALTER TABLE link_mirror ADD CONSTRAINT broken CHECK (application_id <> 'crm')`
  await create('TEST-1', 'a')
  await createOther()
  await until(isOtherFollowed)
  t.equal(await prisma.linkMirror.count({ where: { applicationId: 'crm' } }), 0)
  t.match(
    lines.filter(({ level }) => level === 'warn'),
    [{ applicationId: 'crm', msg: /^the mirror could not do its work/, err: { message: /broken/ } }],
  )
})

/** Beside `crm` an application `erp`; both are followed. */
async function openTwo(t: Test) {
  const { open, configOf, create, prisma, lines } = await openMirrored(t)
  const config = configOf()
  const [crm] = config.applications
  if (!crm) throw new Error('the configuration has changed')
  await open({ ...config, applications: [crm, { ...crm, id: 'erp' }] })
  const cursorOf = async (applicationId: string) =>
    (await prisma.follower.findFirst({ where: { applicationId } }))?.eventId
  await until(async () => (await cursorOf('crm')) !== undefined && (await cursorOf('erp')) !== undefined)
  const begun = await cursorOf('erp')
  const keys = { issueKey: 'TEST-2', remoteKey: 'x' } as LinkKeys
  const change = { kind: 'create', applicationId: 'erp', links: [keys], actor: { kind: 'operator' } } as const
  return {
    prisma,
    lines,
    create,
    createOther: () => storedLinks(prisma).change(change),
    isOtherFollowed: async () => (await cursorOf('erp')) !== begun,
  }
}
