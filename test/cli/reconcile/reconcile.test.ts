import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Actor } from '../../../src/links/actor.ts'
import { withTracker } from '../../support/with-tracker.ts'

const tracker: Actor = { kind: 'tracker' }

t.test('differences are found with their reasons, a dry run changes nothing, and its plan is applied once', async t => {
  const { cli, change, inTracker, here, addInTracker, requests } = await withTracker(t)
  await change('create', 'TEST-1', 'both')
  addInTracker('TEST-1', 'both')
  await change('create', 'TEST-1', 'not mirrored')
  await change('create', 'TEST-2', 'removed there', tracker)
  addInTracker('TEST-3', 'lost')
  addInTracker('TEST-3', 'twice')
  addInTracker('TEST-3', 'twice')
  await change('create', 'TEST-3', 'twice', tracker)
  await change('create', 'GONE-1', 'a', tracker)
  const before = { there: inTracker(), here: await here(), events: await cli.prisma.linkEvent.count() }

  const dry = await cli.run(['reconcile', 'crm', '--all', '--dry-run', '--output', 'plan.ndjson'])
  t.match(dry, { code: 1 }, dry.told)
  t.same(dry.out.trimEnd().split('\n'), [
    'GONE-1  unreadable: Tracker shows no such issue. Tracker answered GET /v3/issues/GONE-1 with 404: it does not exist. Check the key or the id, and that the user of the token may see it. Tracker says: Issue GONE-1 does not exist.',
    'TEST-1  not mirrored  only here: it was created here, and Tracker does not have it yet -> add it in Tracker',
    'TEST-2  removed there  only here: it was removed in Tracker, and that did not arrive here -> remove it here',
    'TEST-3  lost  only in Tracker: it was created in Tracker, and that did not arrive here -> create it here',
    'TEST-3  twice  doubled: Tracker has several links to the same object -> remove 1 remote link in Tracker',
    '8 issues: 1 same, 2 only here, 1 only in Tracker, 1 doubled, 1 unreadable.',
  ])
  t.same({ there: inTracker(), here: await here(), events: await cli.prisma.linkEvent.count() }, before)
  t.equal(await cli.prisma.linkMirror.count(), 0)
  t.equal(await cli.prisma.rateBudget.count(), 2, 'it keeps to the rate together with the servers')
  t.same(
    requests.filter(request => /^POST .*remotelinks|^DELETE/.test(request)),
    [],
  )

  const [header = '', ...lines] = readFileSync(join(cli.directory, 'plan.ndjson'), 'utf8').trimEnd().split('\n')
  t.match(JSON.parse(header), { application: 'crm', scope: { all: true }, lines: 5 })
  cli.write('edited.ndjson', [header, ...lines].join('\n').replace('not mirrored', 'other'))
  t.match(await cli.run(['reconcile', 'apply', 'edited.ndjson']), { code: 2, told: /was edited: line 3/ })
  cli.write('cut.ndjson', [header, lines[0]].join('\n'))
  t.match(await cli.run(['reconcile', 'apply', 'cut.ndjson']), { code: 2, told: /is not whole/ })
  cli.write('other.ndjson', header.replace(/"plan":"[^"]*"/, '"plan":"other"'))
  t.match(await cli.run(['reconcile', 'apply', 'other.ndjson']), { code: 2, told: /database has no plan other/ })

  // One line is stale by then.
  await change('create', 'TEST-3', 'lost', tracker)
  const applied = await cli.run(['reconcile', 'apply', 'plan.ndjson'])
  t.match(applied, { code: 1, out: /line 4, TEST-3 {2}lost: left alone: it has changed since/ }, applied.told)
  t.match(applied.out, /Repairs: 3 repaired, 1 changed since\.\n$/)
  t.same(inTracker(), ['TEST-1 both', 'TEST-1 not mirrored', 'TEST-3 lost', 'TEST-3 twice'])
  t.same(await here(), ['GONE-1 a', 'TEST-1 both', 'TEST-1 not mirrored', 'TEST-3 lost', 'TEST-3 twice'])
  t.match(await cli.prisma.linkEvent.findFirst({ where: { remoteKey: 'removed there' }, orderBy: { id: 'desc' } }), {
    kind: 'removed',
    actorKind: 'tracker',
    actorLogin: 'reconciliation',
  })
  requests.length = 0
  t.match(await cli.run(['reconcile', 'apply', 'plan.ndjson']), {
    code: 0,
    told: /was applied before.*Nothing was done/,
  })
  t.same(requests, [])
  t.match(await cli.run(['reconcile', 'crm', '--queue', 'test', '--repair', 'both']), {
    code: 0,
    out: /5 issues: 4 same\./,
  })
})

t.test('a moved issue is recognised by its former keys before anything counts as removed', async t => {
  const { cli, world, change, addInTracker, here } = await withTracker(t)
  for (const key of ['a', 'b']) {
    await change('create', 'TEST-2', key, tracker)
    addInTracker('TEST-2', key)
  }
  await change('create', 'TEST-2', 'removed there', tracker)
  const issue = world.issue('TEST-2')
  if (!issue) throw new Error('the world has changed')
  world.moveIssue(issue, 'NEW', world.firstUser())
  for (const scope of [['--all'], ['--queue', 'TEST'], ['--queue', 'NEW'], ['--issue', 'TEST-2']]) {
    const { out } = await cli.run(['reconcile', 'crm', ...scope])
    t.same(
      out.trimEnd().split('\n').slice(0, -1),
      [
        'NEW-1  moved: the issue was moved to another queue, and there are links under its former key (it was TEST-2) -> give its links to the present key',
        'NEW-1  removed there  only here: it was removed in Tracker, and that did not arrive here -> remove it here',
      ],
      scope.join(' '),
    )
    t.match(out, /: 2 same, 1 only here, 1 moved\.\n$/)
  }
  await cli.run(['reconcile', 'crm', '--all', '--repair', 'here'])
  t.equal((await here()).length, 2)
})

t.test(
  'a link that is changed while its issue is listed is asked for again, and one in hand is no difference',
  async t => {
    const { cli, change, addInTracker, sandbox, requests } = await withTracker(t)
    await change('create', 'TEST-1', 'a', tracker)
    addInTracker('TEST-1', 'a')
    addInTracker('TEST-1', 'b')
    const pending = {
      applicationId: 'crm',
      issueKey: 'TEST-2',
      remoteKey: 'c',
      wanted: 'linked',
      generation: 1n,
    } as const
    await change('create', 'TEST-2', 'c')
    const { id, occurredAt } = await cli.prisma.linkEvent.findFirstOrThrow({ orderBy: { id: 'desc' } })
    await cli.prisma.follower.create({ data: { applicationId: 'crm', name: 'mirror', eventId: id, occurredAt } })
    await cli.prisma.linkMirror.create({ data: { ...pending, nextAt: new Date() } })
    let changes = 0
    sandbox.meddle = async ({ url }) => {
      // Tracker's call arrives only now.
      if (url.endsWith('/TEST-1/remotelinks') && changes++ === 0) await change('create', 'TEST-1', 'b', tracker)
      return undefined
    }
    const both = await cli.run(['reconcile', 'crm', '--queue', 'TEST'])
    t.match(both, {
      code: 1,
      out: /^TEST-2 {2}1 link just being changed.*\n5 issues: 2 same, 1 just being changed\.\n$/,
    })
    t.equal(requests.filter(request => request.endsWith('/TEST-2/remotelinks')).length, 4, 'and was asked for again')
    t.equal(await cli.prisma.planLine.count(), 0)
  },
)
