import t from 'tap'
import { reconciliationProbe } from '../../../src/checks/doctor/probes/reconciliation.ts'
import { doctorBesideTracker, linesOf } from '../../support/doctor-ground.ts'

const { look: lookAt, database, change, cli, addInTracker, sandbox } = await doctorBesideTracker(t)
const look = (about: Parameters<typeof lookAt>[1] = {}) => lookAt(reconciliationProbe, about)
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000)
const tokens = (command: string | undefined) => command?.split(' ').slice(1) ?? []

t.test('nothing is said before the first comparison, nor after one that found nothing', async t => {
  const change = { reconciliation: { every: '6h' } }
  t.same(await look({ change }), [])
  t.match(await cli.run(['reconcile', 'crm', '--all']), { code: 0 })
  t.same(await look({ change }), [])
})

t.test('differences that nobody has repaired are told until they are, all of them or those of an issue', async t => {
  await change('create', 'TEST-1', ['a', 'b', 'c'])
  addInTracker('TEST-2', 'd')
  t.match(await cli.run(['reconcile', 'crm', '--all']), { code: 1 })
  const [found] = await look()
  t.match(found, {
    code: 'TLK-A11',
    says: /^4 differences found at .* are not repaired$/,
    evidence: ['TEST-1 a: only-here, not-mirrored-yet', /TEST-1 b/, /TEST-1 c/, 'and 1 more'],
  })
  t.match(await cli.run(tokens(found?.next)), { out: /TEST-2/ })
  const [ofIssue] = await look({ issue: 'TEST-2' })
  t.match(ofIssue, { says: /^1 difference found at .* is not repaired$/, issueKey: 'TEST-2' })
  t.equal(ofIssue?.next, 'tracker-links reconcile crm --issue TEST-2')
  t.same(await look({ issue: 'TEST-3' }), [])

  t.match(await cli.run([...tokens(ofIssue?.next), '--repair', 'both']), { code: 0 })
  t.same(await look({ issue: 'TEST-2' }), [])
  t.match(linesOf(await look()), [/^TLK-A11 3 differences/])
  t.match(await cli.run(['reconcile', 'crm', '--all', '--repair', 'both']), { code: 0 })
  t.same(await look(), [])
})

t.test('a run that failed is told until another one ends well', async t => {
  sandbox.meddle = () => 401
  t.match(await cli.run(['reconcile', 'crm', '--all']), { code: 2 })
  sandbox.meddle = () => undefined
  const [found] = await look()
  t.match(found, {
    code: 'TLK-A12',
    says: /^the last reconciliation failed at /,
    evidence: [/401/, /^started by /],
  })
  t.match(await cli.run(tokens(found?.next)), { out: /failed/ })
  t.match(await cli.run(['reconcile', 'crm', '--issue', 'TEST-1']), { code: 0 })
  t.same(await look(), [])
})

t.test('a run of the schedule that is late is told where there is a schedule', async t => {
  const run = (
    id: string,
    startedAt: Date,
    more: { state: 'finished' | 'running'; startedBy: string; endedAt?: Date },
  ) =>
    database.reconciliationRun.create({
      data: { id, applicationId: 'crm', scope: { all: true }, repair: 'none', counts: {}, startedAt, ...more },
    })
  const change = { reconciliation: { every: '6h' } }
  await run('old', hoursAgo(6), { state: 'finished', startedBy: 'schedule', endedAt: hoursAgo(5) })
  t.same(await look({ change }), [], 'a server may just be starting it')
  await database.reconciliationRun.update({ where: { id: 'old' }, data: { startedAt: hoursAgo(7) } })
  t.match(await look({ change }), [
    { code: 'TLK-A12', says: /^a reconciliation is overdue since /, next: 'tracker-links reconcile list crm' },
  ])
  t.same(await look(), [], 'without a schedule')
  await run('stuck', hoursAgo(6.9), { state: 'running', startedBy: 'somebody' })
  t.match(await look({ change }), [
    { next: 'tracker-links reconcile show stuck', evidence: [/^run stuck of .* has not ended/] },
  ])
})
