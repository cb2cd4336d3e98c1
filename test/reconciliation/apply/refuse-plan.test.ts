import t, { type Test } from 'tap'
import { whyRefused } from '../../../src/reconciliation/apply/refuse-plan.ts'
import type { OpenRun } from '../../../src/reconciliation/compare/run-ground.ts'
import { testDatabase } from '../../support/test-database.ts'

type Plan = { links: number; here?: number; inTracker?: number; counts?: object; acceptRemovals?: number }

/** Why a plan is refused that removes links on both sides, of an application with so many. */
async function refusalOf(t: Test, { links, here = 0, inTracker = 0, counts = {}, acceptRemovals = 0 }: Plan) {
  const { prisma: database } = await testDatabase(t)
  const applicationId = 'crm'
  await database.link.createMany({
    data: Array.from({ length: links }, (_, n) => ({ applicationId, issueKey: `TEST-${n + 1}`, remoteKey: '1' })),
  })
  const run = { applicationId, scope: {}, repair: 'both', startedBy: 'test' }
  await database.reconciliationRun.create({ data: { ...run, id: 'plan', state: 'finished', counts } })
  const sides = [...Array.from({ length: here }, () => 'here'), ...Array.from({ length: inTracker }, () => 'tracker')]
  await database.planLine.createMany({
    data: sides.map((side, number) => ({
      runId: 'plan',
      number,
      issueKey: 'TEST-1',
      line: { kind: 'missing', repair: { side, action: 'remove' } },
    })),
  })
  const position = { options: { acceptRemovals } }
  const open = { database, application: { id: applicationId }, planId: 'plan', counts: {}, position }
  return await whyRefused(open as unknown as OpenRun)
}

t.test('ten links, and more than three of ten, vanish only if an owner has said so', async t => {
  t.match(await refusalOf(t, { links: 33, here: 10 }), /^10 of 33 links would vanish here\. .* --accept-removals 10\.$/)
  t.equal(await refusalOf(t, { links: 34, here: 10 }), undefined, 'no more than three of ten')
  t.equal(await refusalOf(t, { links: 9, here: 9 }), undefined, 'fewer than ten')
  t.equal(await refusalOf(t, { links: 33, here: 10, acceptRemovals: 10 }), undefined, 'it was said')
  t.match(await refusalOf(t, { links: 33, here: 10, acceptRemovals: 9 }), /10 of 33/)
})

t.test('of Tracker’s the whole is what is here and what it has more', async t => {
  t.match(await refusalOf(t, { links: 20, inTracker: 10 }), /^10 of 30 links would vanish in Tracker\./)
  t.equal(await refusalOf(t, { links: 24, inTracker: 10 }), undefined)
  t.equal(await refusalOf(t, { links: 20, inTracker: 10, acceptRemovals: 10 }), undefined)
})

t.test('issues whose links Tracker does not show are no removals', async t => {
  const counts = { unreadable: 10, issues: 33 }
  t.match(await refusalOf(t, { links: 1, counts }), /^Tracker did not show the links of 10 of 33 issues\./)
  t.equal(await refusalOf(t, { links: 1, counts: { unreadable: 10, issues: 34 } }), undefined)
})
