import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { type ProbeReport, probeReport } from '../../../src/checks/call-probe/probe-report.ts'
import { closeProbes, isProbed, lookAgain, openProbes, useProbes } from '../../../src/request-log/probe/keep-probes.ts'
import { type CallDesk, createCallDesk } from '../../../src/sandbox/call-desk/call-desk.ts'
import { type WrittenSettings, withSettings } from '../../../src/sandbox/call-desk/desk-settings.ts'
import { completeFaults } from '../../../src/sandbox/call-desk/faults.ts'
import { findProbe, forgetProbe } from '../../../src/storage/calls/probe-runs.ts'
import { type Sighting, trimSightings, writeSightings } from '../../../src/storage/calls/sightings.ts'
import { withSession } from '../../../src/storage/database/connection/session.ts'
import { removeSightings } from '../../../src/storage/retention/remove-sightings.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { testApp, testAppWith } from '../../support/test-app.ts'
import { until } from '../../support/until.ts'

const canary = 'y0_canary1234567890123456789012345678'

/** The real server with its probe on, and a desk that makes Tracker's calls to it. */
async function probed(t: Test) {
  const slow = Promise.withResolvers<undefined>()
  const source = {
    find: async (key: RemoteKey) => (key.startsWith('slow') ? slow.promise : { key, summary: 'An object' }),
    close: async () => {},
  }
  const authorization = { kind: 'token' as const, tokens: [canary] }
  const base = await testAppWith(t, new Map([['crm', source]]), {
    authorization,
    probe: true,
    objects: { source: 'store' },
  })
  await until(() => findProbe(base.prisma, 'crm'))
  await until(() => base.log.some(({ msg }) => msg === 'the probe starts'))
  await base.app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(base.app.server.address() as AddressInfo).port}`
  const crm = {
    id: 'crm',
    oauthToken: canary,
    entityInfoUrl: `${url}/crm/objects/{{remoteKey}}`,
    createLinkUrl: `${url}/crm/links`,
    removeLinkUrl: `${url}/crm/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}`,
  }
  const desk = createCallDesk({ timeout: 500 })
  t.teardown(() => desk.close())
  /** The report, once so many calls were written. */
  const reportOf = async (calls: number): Promise<ProbeReport> => {
    await until(async () => (await findProbe(base.prisma, 'crm'))?.calls === BigInt(calls))
    return probeReport(base.prisma, 'crm')
  }
  return {
    ...base,
    desk,
    crm,
    slow,
    reportOf,
    answerTo: (report: ProbeReport, number: number) => report.questions[number - 1],
  }
}

const steer = (desk: CallDesk, settings: WrittenSettings) => desk.setSettings(withSettings(desk.settings(), settings))

t.test('without calls each of the ten questions is "not seen yet"', async t => {
  const { prisma } = await probed(t)
  const { questions, probe, calls } = await probeReport(prisma, 'crm')
  t.match({ probe, calls }, { probe: 'on', calls: 0 })
  t.same(
    questions.map(({ state }) => state),
    Array(10).fill('not seen yet'),
  )
  t.ok(questions.every(({ toSee }) => toSee !== undefined))
})

/** 13 calls. */
async function callInEachManner({ desk, crm, slow, prisma }: Awaited<ReturnType<typeof probed>>): Promise<void> {
  await desk.entityInfo(crm, 'Groß/b c')
  steer(desk, { keyEncoding: 'lower-hex' })
  await desk.entityInfo(crm, 'x/y')
  steer(desk, { keyEncoding: 'double' })
  await desk.entityInfo(crm, 'x/z')
  steer(desk, { keyEncoding: 'raw-slashes' })
  await desk.entityInfo(crm, 'p/q')
  steer(desk, { keyEncoding: 'percent', applications: { crm: { scheme: 'Bearer' } } })
  desk.setFaults(completeFaults({ createLink: { repeated: true } }))
  await desk.createLink(crm, 'SECRET-1', ['D-1', 'D-1'])
  desk.setFaults(completeFaults({}))
  // Refused with a token that is wrong, and again.
  steer(desk, { applications: { crm: { token: 'user', userToken: `${canary}wrong`, scheme: 'OAuth' } } })
  for (let time = 0; time < 2; time++) await desk.entityInfo(crm, 'D-2')
  steer(desk, { applications: { crm: { token: 'fixed' } } })
  await Promise.all(['slow-1', 'slow-2', 'slow-3'].map(key => desk.entityInfo(crm, key)))
  slow.resolve(undefined)

  // A removal of ours whose echo comes, and one for an issue under its former key.
  const link = { applicationId: 'crm', issueKey: 'SECRET-1', remoteKey: 'D-1' }
  await prisma.linkEvent.create({ data: { ...link, kind: 'removed', actorKind: 'application' } })
  await desk.removeLink(crm, 'SECRET-1', 'D-1')
  await prisma.issueAlias.create({ data: { applicationId: 'crm', alias: 'OLD-1', issueKey: 'NEW-1', issueId: 'i' } })
  await desk.removeLink(crm, 'NEW-1', 'D-5')
}

t.test('the calls of the sandbox in its various manners are told as they were', async t => {
  const one = await probed(t)
  const { prisma, log, reportOf, answerTo } = one
  await callInEachManner(one)
  const report = await reportOf(13)
  t.match(answerTo(report, 1), {
    state: 'seen',
    answer: /authorization, scheme OAuth \(11\), authorization, scheme Bearer \(2\); no header names a user/,
    evidence: [/begins with y0_/, /host/, /tracker-links-sandbox/],
  })
  t.match(answerTo(report, 2)?.answer, /1 of 5 calls that failed came again so far; ten minutes are not over/)
  t.match(answerTo(report, 2)?.evidence, [
    /entityInfo 4xx: 2 times, came again 1 times/,
    /no answer in time: 3 times, came again 0/,
  ])
  t.match(answerTo(report, 3)?.answer, /At most 3 at once; 2 repeats .*; it broke off after \d+ ms/)
  t.match(answerTo(report, 3)?.evidence, [
    /the same change again after success: 1 times/,
    /connections/,
    /addresses that called: 1/,
    /order, about one object: createLink then removeLink \(1\)/,
  ])
  const encoding = answerTo(report, 4)?.answer ?? ''
  for (const seen of [
    /hex in capital and small/,
    /%2F \(\d+\)/,
    /%2f \(1\)/,
    /left as they are: \/ \(1\);/,
    /escaped twice.*: 1 calls/,
  ])
    t.match(encoding, seen)
  t.match(answerTo(report, 4)?.evidence, [/several keys: \d; taken: number 1 of \d \(\d\)/])
  t.match(answerTo(report, 5)?.answer, /Yes: 1 removals/)
  t.match(answerTo(report, 6)?.answer, /removeLink with the present key \(1\)/)
  t.same(
    [7, 8, 9, 10].map(number => answerTo(report, number)?.state),
    Array(4).fill('not seen yet'),
  )
  t.match(report.bodies.join('\n'), /issueKey: string, entityIds: array of string }, 2 keys, 1 of them twice/)
  t.notMatch(JSON.stringify(report), /SECRET|OLD-1|NEW-1|127\.0\.0\.1|canary|D-1/)
  t.notMatch(JSON.stringify([await prisma.probeSighting.findMany(), log]), /canary/)
})

t.test(
  'a probe ends by itself, over restarts; what it saw stays a while, whatever others have configured, or is forgotten',
  async t => {
    const { prisma, url, log, logger, applications } = await testApp(t, { probe: { days: 2 } })
    await until(() => findProbe(prisma, 'crm'))
    const day = 86_400_000
    let now = Date.now()
    const restarted = async (served = [...applications.values()]) => {
      const probes = openProbes({ database: prisma, log: logger, now: () => now })
      useProbes(probes, served)
      await probes.starting
      t.teardown(() => closeProbes(probes))
      return probes
    }
    const probes = await restarted()
    t.ok(isProbed(probes, 'crm'))
    now += 2 * day
    t.notOk(isProbed(probes, 'crm'))
    useProbes(probes, [...applications.values()])
    await probes.starting
    t.ok(log.some(({ msg }) => String(msg).startsWith('the probe has ended')))
    const ended = await restarted()
    t.notOk(isProbed(ended, 'crm'), 'a restart begins no other one')
    t.equal((await probeReport(prisma, 'crm', now)).probe, 'ended')

    await prisma.probeSighting.createMany({ data: Array.from({ length: 9 }, (_, number) => row(number)) })
    t.equal(await trimSightings(prisma, 'crm', 3), 3)
    t.same(
      (await prisma.probeSighting.findMany({ orderBy: { at: 'asc' } })).map(({ requestId }) => requestId),
      ['r0', 'r1', 'r2', 'r6', 'r7', 'r8'],
    )
    t.equal(await withSession(url, removeSightings), 0)
    await prisma.probeRun.updateMany({ data: { startedAt: new Date(Date.now() - 5 * day) } })
    await restarted([])
    t.equal(await prisma.probeSighting.count(), 6, 'a server that has no probe leaves alone what others record')
    t.equal(await withSession(url, removeSightings), 6)

    await prisma.probeSighting.create({ data: row(10) })
    t.equal(await forgetProbe(prisma, 'crm'), 1)
    await writeSightings(prisma, [{ applicationId: 'crm', at: 1, requestId: 'late', sighting: {} as Sighting }])
    t.equal(await prisma.probeSighting.count(), 0, 'what is late of a forgotten probe is left out')
    const before = log.length
    for (let time = 0; time < 2; time++) lookAgain(ended)
    await ended.starting
    t.ok(isProbed(ended, 'crm'), 'once forgotten it begins anew')
    t.match(log.slice(before), [{ msg: 'the probe starts' }], 'and that is told once')
  },
)

const row = (number: number) => ({
  applicationId: 'crm',
  at: new Date(number),
  requestId: `r${number}`,
  sighting: {},
})
