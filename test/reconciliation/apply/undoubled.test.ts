import t from 'tap'
import { withTracker } from '../../support/with-tracker.ts'

t.test('a link of which Tracker had two stays here, although Tracker calls for the one that is removed', async t => {
  const { cli, change, sandbox, here, inTracker, addInTracker } = await withTracker(t)
  const tracker = { kind: 'tracker' } as const
  await change('create', 'TEST-3', 'twice', tracker)
  addInTracker('TEST-3', 'twice')
  addInTracker('TEST-3', 'twice')
  let calls = 0
  sandbox.meddle = async ({ method }) => {
    if (method === 'DELETE' && calls++ === 0) await change('remove', 'TEST-3', 'twice', tracker)
    return undefined
  }
  const { code, out } = await cli.run(['reconcile', 'crm', '--issue', 'TEST-3', '--repair', 'both'])
  t.equal(code, 0, out)
  t.equal(calls, 1)
  t.same(inTracker(), ['TEST-3 twice'])
  t.same(await here(), ['TEST-3 twice'])
  t.match(await cli.run(['reconcile', 'crm', '--issue', 'TEST-3']), { code: 0, out: /1 same\./ })
})

for (const [status, code] of [
  [403, 0],
  [401, 2],
] as const)
  t.test(`if Tracker answers ${status} when what is left is looked at, the run ends with ${code}`, async t => {
    const { cli, change, sandbox, here, addInTracker } = await withTracker(t)
    const tracker = { kind: 'tracker' } as const
    await change('create', 'TEST-3', 'twice', tracker)
    addInTracker('TEST-3', 'twice')
    addInTracker('TEST-3', 'twice')
    let isRemoved = false
    sandbox.meddle = async ({ method }) => {
      if (isRemoved) return status
      if (method !== 'DELETE') return undefined
      isRemoved = true
      await change('remove', 'TEST-3', 'twice', tracker)
      return undefined
    }
    t.match(await cli.run(['reconcile', 'crm', '--issue', 'TEST-3', '--repair', 'both']), { code })
    t.same(await here(), [])
    sandbox.meddle = () => undefined
    await cli.run(['reconcile', 'crm', '--issue', 'TEST-3', '--repair', 'both'])
    t.same(await here(), ['TEST-3 twice'], 'the next run finds what is left')
  })

t.test('a line whose issue Tracker does not show any more is told as unreadable, and nothing is changed', async t => {
  const { cli, change, sandbox, here } = await withTracker(t)
  await change('create', 'TEST-3', 'only here')
  await cli.run(['reconcile', 'crm', '--all', '--dry-run', '--output', 'plan.ndjson'])
  sandbox.meddle = () => 403
  const { code, out } = await cli.run(['reconcile', 'apply', 'plan.ndjson'])
  t.equal(code, 1, out)
  t.match(out, /TEST-3 {2}only here: left alone: Tracker did not show the issue/)
  t.same(await here(), ['TEST-3 only here'])
})

t.test('the links of a moved issue go to its present key, and a line is stale if it has moved on', async t => {
  const { cli, change, world, here, addInTracker } = await withTracker(t)
  const move = (key: string, queue: string) => {
    const issue = world.issue(key)
    if (!issue) throw new Error('the world has changed')
    world.moveIssue(issue, queue, world.firstUser())
  }
  await change('create', 'TEST-2', 'moves', { kind: 'tracker' })
  addInTracker('TEST-2', 'moves')
  move('TEST-2', 'NEW')
  await cli.run(['reconcile', 'crm', '--all', '--dry-run', '--output', 'plan.ndjson'])
  move('NEW-1', 'PROD')
  t.match(await cli.run(['reconcile', 'apply', 'plan.ndjson']), { code: 1, out: /NEW-1: left alone: it has changed/ })
  t.same(await here(), ['TEST-2 moves'])
  t.match(await cli.run(['reconcile', 'crm', '--all', '--repair', 'here']), { code: 0, out: /PROD-3: done/ })
  t.same(await here(), ['PROD-3 moves'])
  t.match(await cli.run(['reconcile', 'crm', '--all']), { code: 0, out: /1 same\./ })
  t.equal(await cli.prisma.linkEvent.count(), 1, 'no link was made or removed')
})

t.test('a link that was made under two keys of a moved issue becomes one on both sides in one run', async t => {
  const { cli, change, world, here, inTracker, addInTracker } = await withTracker(t)
  const issue = world.issue('TEST-2')
  if (!issue) throw new Error('the world has changed')
  await change('create', 'TEST-2', 'twice', { kind: 'operator' })
  await cli.run(['reconcile', 'crm', '--all', '--repair', 'tracker'])
  world.moveIssue(issue, 'NEW', world.firstUser())
  addInTracker('NEW-1', 'twice')
  await change('create', 'NEW-1', 'twice', { kind: 'tracker' })
  t.same(inTracker(), ['NEW-1 twice', 'NEW-1 twice'])
  const { code, out } = await cli.run(['reconcile', 'crm', '--all', '--repair', 'both'])
  t.equal(code, 0, out)
  t.same(inTracker(), ['NEW-1 twice'])
  t.same(await here(), ['NEW-1 twice'])
  t.match(await cli.run(['reconcile', 'crm', '--all', '--repair', 'both']), { code: 0, out: /1 same\./ })
})

t.test(
  'a remote link with the former key of an object is one to the object, unless it is linked here by that key',
  async t => {
    const { cli, change, here, inTracker, addInTracker } = await withTracker(t)
    await cli.prisma.objectAlias.createMany({
      data: ['old', 'older', 'kept'].map(alias => ({ applicationId: 'crm', alias, remoteKey: 'new' })),
    })
    await change('create', 'TEST-1', 'new', { kind: 'tracker' })
    addInTracker('TEST-1', 'old')
    addInTracker('TEST-1', 'older')
    await change('create', 'TEST-2', 'kept', { kind: 'operator' })
    addInTracker('TEST-2', 'kept')
    const [before, beforeInTracker] = [await here(), inTracker()]
    const { code, out } = await cli.run(['reconcile', 'crm', '--all', '--repair', 'both'])
    t.equal(code, 0, out)
    t.match(out, /2 same\./)
    t.same([await here(), inTracker()], [before, beforeInTracker])
  },
)
