import t from 'tap'
import { movedProbe } from '../../../src/checks/doctor/probes/moved.ts'
import { doctorBesideTracker, linesOf } from '../../support/doctor-ground.ts'

const { look, change, cli, world, sandbox, database, here } = await doctorBesideTracker(t)

function moveInTracker(key: string): string {
  const issue = world.issue(key)
  if (!issue) throw new Error('the world has changed')
  return world.moveIssue(issue, 'NEW', world.firstUser()).key
}

t.test('nothing is said of an issue that stayed where it was, and of none', async t => {
  await change('create', 'TEST-1', 'a')
  t.same(await look(movedProbe, { issue: 'TEST-1' }), [])
  t.same(await look(movedProbe), [])
  t.same(await look(movedProbe, { issue: 'GONE-7' }), [], 'Tracker knows no such issue')
})

t.test('a move that only Tracker knows is told, and the next command makes it known', async t => {
  await change('create', 'TEST-2', "it's")
  const present = moveInTracker('TEST-2')
  const [found] = await look(movedProbe, { issue: 'TEST-2', object: "it's" })
  t.match(found, {
    code: 'TLK-A10',
    says: `TEST-2 is ${present} now, and that is not known here`,
    next: `tracker-links reconcile crm --issue ${present} --repair here`,
    issueKey: 'TEST-2',
  })
  const fromPresent = await look(movedProbe, { issue: present })
  t.match(linesOf(fromPresent), [`TLK-A10 ${present} was TEST-2 before, and that is not known here`])
  t.equal(fromPresent[0]?.next, found?.next)

  await cli.run(found?.next.split(' ').slice(1) ?? [])
  t.same(await here(), [`${present} it's`, 'TEST-1 a'])
  t.same(await look(movedProbe, { issue: present }), [])
  sandbox.meddle = () => 503
  t.match(await look(movedProbe, { issue: 'TEST-2', object: "it's" }), [
    {
      says: `TEST-2 is ${present} now`,
      next: `tracker-links doctor crm --issue ${present} --object 'it'\\''s'`,
    },
  ])
  t.same(await look(movedProbe, { issue: 'TEST-1' }), [], 'another probe says that Tracker is away')
  sandbox.meddle = () => undefined
})

t.test('an issue that moved without links is asked about by its present key', async t => {
  const present = moveInTracker('TEST-3')
  const before = await database.issueAlias.count()
  t.match(await look(movedProbe, { issue: 'TEST-3' }), [
    { code: 'TLK-A10', next: `tracker-links doctor crm --issue ${present}` },
  ])
  t.equal(await database.issueAlias.count(), before, 'nothing is noted by looking')
  t.same(await look(movedProbe, { issue: present }), [])
})
