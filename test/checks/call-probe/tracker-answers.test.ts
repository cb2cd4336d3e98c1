import t from 'tap'
import { probeReport } from '../../../src/checks/call-probe/probe-report.ts'
import { findProbe } from '../../../src/storage/calls/probe-runs.ts'
import { openMirrored } from '../../support/mirrored.ts'
import { testApp } from '../../support/test-app.ts'
import { until } from '../../support/until.ts'

const unseen = { state: 'not seen yet' }

// One server and one Tracker for all.
const { prisma, world, sandbox, create, remove, quiet, open, configOf } = await openMirrored(t)
await open(configOf({ probe: true }))
await until(() => findProbe(prisma, 'crm'))

const answerTo = async (number: number, now = Date.now()) =>
  (await probeReport(prisma, 'crm', now)).questions[number - 1]
const forget = () => prisma.probeRun.updateMany({ data: { answers: {} } })

function addInTracker(issueKey: string, key: string): void {
  const [issue, application] = [world.issue(issueKey), world.application('crm')]
  if (!issue || !application) throw new Error('the world has changed')
  world.addRemoteLink({ issue, application, key, by: world.firstUser() })
}

const later = () => Date.now() + 120_000

t.test('a remote link that is added again is refused with 422, with 409, or is there twice', async t => {
  // Refused for another reason.
  sandbox.meddle = ({ method }) => (method === 'POST' ? 400 : undefined)
  await create('TEST-1', 'wrong')
  await until(async () => (await prisma.linkMirror.count({ where: { lastError: 'link-refused' } })) > 0)
  t.match(await answerTo(7), unseen)
  sandbox.meddle = () => undefined
  await prisma.linkMirror.updateMany({ data: { nextAt: new Date(0) } })
  await create('TEST-1', 'usual')
  await quiet()
  t.match(await answerTo(7), unseen)
  const manners = { invalid: /refuses .* 422 \(1\)/, conflict: /refuses .* 409 \(1\)/, duplicate: /another link/ }
  for (const [repeatedLink, answer] of Object.entries(manners)) {
    world.changeSettings({ repeatedLink: repeatedLink as keyof typeof manners })
    addInTracker('TEST-2', repeatedLink)
    await create('TEST-2', repeatedLink)
    await quiet()
    // Tracker's list is looked at.
    if (repeatedLink === 'duplicate') await remove('TEST-2', repeatedLink)
    await quiet()
    t.match(await answerTo(7), { state: 'seen', answer }, repeatedLink)
    await forget()
    t.match(await answerTo(7), unseen)
  }
})

/** The mirror looks at the list of the issue, and removes a link. */
async function removeHere(key: string): Promise<void> {
  addInTracker('TEST-3', key)
  await create('TEST-3', key, { kind: 'tracker' })
  await remove('TEST-3', key)
  await quiet()
}

t.test('a long list of remote links comes in pages, or whole', async t => {
  for (let link = 0; link < 49; link++) addInTracker('TEST-3', `D-${link}`)
  await removeHere('a')
  t.match(await answerTo(9), unseen, 'one page')
  addInTracker('TEST-3', 'D-49')
  await removeHere('b')
  t.match(await answerTo(9), { state: 'seen', answer: /^It comes in pages/ })
  await forget()
  world.changeSettings({ wholeLists: true })
  await removeHere('c')
  t.match(await answerTo(9), { state: 'seen', answer: /^It comes whole/ })
})

t.test('a removal that Tracker does not tell of is told once its call would have come', async t => {
  await forget()
  t.match(await answerTo(5, later()), unseen, 'nothing was removed in Tracker')
  await removeHere('d')
  t.match(await answerTo(5), unseen, 'the call may still come')
  t.match(await answerTo(5, later()), { state: 'seen', answer: /^No: none of 1 removals/ })
})

async function createOrStop(key: string): Promise<void> {
  await create('TEST-4', key)
  const [stopped, agreed] = [{ issueKey: 'TEST-4' }, { remoteKey: key, agreed: 'linked' as const }]
  await until(
    async () =>
      (await prisma.mirrorStop.count({ where: stopped })) + (await prisma.linkMirror.count({ where: agreed })) > 0,
  )
}

t.test('an issue is closed for editing by changes of links, or never', async t => {
  const limit = (world.issue('TEST-4')?.version ?? 0) + 1
  world.changeSettings({ versionLimit: { robot: limit, user: limit } })
  for (const key of ['a', 'b', 'c']) await createOrStop(key)
  t.match(await answerTo(10), unseen)
  world.changeSettings({ linksRaiseVersion: true })
  for (const key of ['d', 'e']) await createOrStop(key)
  t.match(await answerTo(10), { state: 'seen', answer: /423/ })
})

t.test('Tracker asks for suggestions, or for something else', async t => {
  const { app, prisma: calls, log } = await testApp(t, { probe: true })
  await until(() => log.some(({ msg }) => msg === 'the probe starts'))
  const answer = async () => (await probeReport(calls, 'crm')).questions[7]
  const isKept = (path: string) =>
    until(async () => (await calls.callRecord.count({ where: { path: { startsWith: path } } })) > 0)
  await app.inject({ url: '/crm/search?text=SECRET' })
  await isKept('/crm/search')
  t.match(await answer(), unseen)
  await app.inject({ url: '/crm/Suggest?query=SECRET&limit=10' })
  await isKept('/crm/Suggest')
  const seen = await answer()
  t.match(seen, { state: 'seen', answer: 'It asked for suggestions.', evidence: ['GET with query, limit (1)'] })
  t.notMatch(JSON.stringify(seen), 'SECRET')
})
