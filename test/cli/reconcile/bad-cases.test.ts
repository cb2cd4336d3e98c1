import { once } from 'node:events'
import t from 'tap'
import type { Actor } from '../../../src/links/actor.ts'
import { until } from '../../support/until.ts'
import { withTracker } from '../../support/with-tracker.ts'

const tracker: Actor = { kind: 'tracker' }

const keys = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name} ${index + 1}`)

t.test('a wrong token, a wrong organization and issues that are not shown remove nothing', async t => {
  const { cli, change, sandbox, here, addInTracker, inTracker } = await withTracker(t)
  const hidden = Array.from({ length: 40 }, (_, index) => `HID-${index + 1}`)
  await Promise.all(hidden.map(key => change('create', key, 'a', tracker)))
  await change('create', 'TEST-1', 'a')
  addInTracker('TEST-2', 'lost')

  sandbox.meddle = () => 401
  t.match(await cli.run(['reconcile', 'crm', '--all', '--repair', 'both']), {
    code: 2,
    told: /failed: .*token is wrong/,
  })
  sandbox.meddle = () => 403
  t.match(await cli.run(['reconcile', 'crm', '--all', '--repair', 'both']), {
    code: 2,
    told: /failed: .*organization is not found/,
  })
  t.match(await cli.prisma.reconciliationRun.findMany(), [{ state: 'failed' }, { state: 'failed' }])
  sandbox.meddle = ({ url }) => (url.includes('/HID-') ? 403 : undefined)
  const refused = await cli.run(['reconcile', 'crm', '--all', '--repair', 'both'])
  t.match(refused, { code: 2, told: /was refused: Tracker did not show the links of 40 of 47 issues/ })
  t.match(refused.out, /^HID-1 {2}unreadable: the token may not read the issue/m)

  // Few that are not readable stop nothing.
  const one = await cli.run(['reconcile', 'crm', '--issue', 'HID-1', '--repair', 'both'])
  t.match(one, { code: 1, out: /1 issue: 0 same, 1 unreadable\. Repairs: 0 repaired/ })
  t.equal((await here()).length, 41)
  t.same(inTracker(), ['TEST-2 lost'])

  cli.write('tracker-links.yaml', (await import('../command-line.ts')).twoApplications)
  t.match(await cli.run(['reconcile', 'crm', '--all']), {
    code: 2,
    told: /has no organization, so Tracker cannot be asked/,
  })
  t.match(await cli.run(['reconcile', 'crm', '--all', '--queue', 'TEST']), { code: 2, told: /one of --issue KEY/ })
})

t.test('what looks like lost rights is refused unless it is accepted, and repairs stop at their caps', async t => {
  const { cli, change, here, inTracker } = await withTracker(t)
  await change('create', 'TEST-1', keys('gone', 12), tracker)
  await change('create', 'TEST-2', keys('new', 6))
  const all = ['reconcile', 'crm', '--all', '--repair']
  t.match(await cli.run([...all, 'both']), {
    code: 2,
    told: /refused: 12 of 18 links would vanish here\..*--accept-removals 12/,
  })
  t.equal((await here()).length, 18)

  const capped = await cli.run([...all, 'tracker', '--most-per-issue', '4'])
  t.match(capped, { code: 1, out: /Repairs: 4 repaired, 2 above the cap\.\n$/ }, capped.told)
  t.equal(inTracker().length, 4)
  t.match(await cli.run([...all, 'tracker', '--most-per-issue', '4']), {
    code: 1,
    out: /Repairs: 0 repaired, 2 above the cap/,
  })
  const few = await cli.run([...all, 'both', '--accept-removals', '12', '--most-repairs', '5'])
  t.match(few, { code: 1, out: /Repairs: 5 repaired, 9 above the cap/ }, few.told)
  const rest = await cli.run([...all, 'both', '--accept-removals', '12'])
  t.match(rest, { code: 0, out: /Repairs: 9 repaired\./ }, rest.told)
  t.same([(await here()).length, inTracker().length], [6, 6])
})

t.test('a new installation takes over what Tracker has, without events unless they are wanted', async t => {
  const { cli, here, addInTracker, inTracker } = await withTracker(t)
  for (let number = 1; number <= 60; number++) addInTracker('TEST-1', `old ${number}`)
  addInTracker('TEST-2', 'old')
  const taken = await cli.run(['reconcile', 'crm', '--all', '--repair', 'here', '--most-repairs', '1'])
  t.match(taken, { code: 0, out: /Repairs: 61 repaired\./ }, taken.told)
  t.same(await here(), inTracker())
  t.equal(await cli.prisma.linkEvent.count(), 0)
  t.equal(await cli.prisma.linkMirror.count({ where: { agreed: 'linked', wanted: 'linked', nextAt: null } }), 61)
  t.match(await cli.run(['reconcile', 'crm', '--all', '--repair', 'both']), {
    code: 0,
    out: /7 issues: 61 same\. Repairs: 0/,
  })
  // From now on a link that is missing here was removed, and one that is missing there as well.
  await cli.prisma.link.deleteMany({ where: { remoteKey: 'old 1' } })
  const { out } = await cli.run(['reconcile', 'crm', '--issue', 'TEST-1'])
  t.match(out, /old 1 {2}only in Tracker: it was removed here, and Tracker still has it -> remove 1 remote link/)

  await cli.prisma.$executeRaw`DELETE FROM link`
  await cli.prisma.$executeRaw`DELETE FROM link_mirror`
  t.match(await cli.run(['reconcile', 'crm', '--all', '--repair', 'here', '--events']), { code: 0 })
  t.match(await cli.prisma.linkEvent.findMany({ take: 1 }), [{ actorKind: 'tracker', actorLogin: 'reconciliation' }])
  t.equal(await cli.prisma.linkEvent.count(), 61)
})

t.test('a killed run goes on where it was, one at a time, and few issues are asked for again', async t => {
  const { cli, world, sandbox, requests, addInTracker } = await withTracker(t)
  const by = world.firstUser()
  for (let number = 1; number <= 120; number++) {
    const { key } = world.createIssue({ queue: 'TEST', summary: `${number}` }, by)
    addInTracker(key, 'a')
  }
  const lists = () => requests.filter(request => request.endsWith('/remotelinks')).length
  const held = Promise.withResolvers<undefined>()
  sandbox.meddle = async ({ url }) => {
    if (url.endsWith('/remotelinks') && lists() > 60) await held.promise
    return undefined
  }
  const child = cli.spawn('reconcile', 'crm', '--all')
  await until(() => lists() > 60)
  await until(async () => ((await cli.prisma.reconciliationRun.findFirst())?.position as { after?: string })?.after)
  t.match(await cli.run(['reconcile', 'crm', '--all']), {
    code: 2,
    told: /is in progress, in a server or another command/,
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
  sandbox.meddle = () => undefined
  held.resolve(undefined)
  // Its lease is over.
  await cli.prisma.$executeRaw`UPDATE reconciliation_run SET lease_until = now()`
  t.match(await cli.run(['reconcile', 'crm', '--queue', 'TEST']), {
    code: 2,
    told: /is not over, and does something else/,
  })
  const { id = '' } = (await cli.prisma.reconciliationRun.findFirst()) ?? {}
  const done = await cli.run(['reconcile', 'crm', '--all'])
  t.match(done, { code: 1, told: new RegExp(`Going on with run ${id}`) }, done.told)
  t.match(done.out, /127 issues: 0 same, 120 only in Tracker\.\n$/)
  const lines = await cli.prisma.planLine.findMany({ orderBy: { number: 'asc' } })
  t.same(
    lines.map(({ number }) => number),
    Array.from({ length: 120 }, (_, index) => index + 1),
  )
  t.equal(new Set(lines.map(({ issueKey }) => issueKey)).size, 120)
  t.ok(lists() <= 127 + 50, `${lists()} lists of 127 issues`)
  t.match(await cli.run(['reconcile', 'crm', '--resume', id]), { code: 2, told: /has ended already: it is finished/ })

  // Ctrl-C.
  const later = Promise.withResolvers<undefined>()
  sandbox.meddle = async ({ url }) => {
    if (url.endsWith('/remotelinks')) await later.promise
    return undefined
  }
  const stopped = cli.spawn('reconcile', 'crm', '--all')
  requests.length = 0
  await until(() => lists() > 0)
  stopped.kill('SIGINT')
  later.resolve(undefined)
  t.same(await once(stopped, 'exit'), [2, null])
  const [run] = await cli.prisma.reconciliationRun.findMany({ where: { endedAt: null } })
  t.match(run, { state: 'waiting', nextAt: null, leaseToken: null }, 'no server goes on with it')
  t.match(await cli.run(['reconcile', 'crm', '--resume', run?.id ?? '']), { code: 1, out: /127 issues/ })
})
