import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { commandLine } from '../command-line.ts'

const minute = 60_000

const line = (number: number, more: object = {}) => ({
  runId: 'plan1',
  number,
  issueKey: `TEST-${number}`,
  line: {
    number,
    issueKey: `TEST-${number}`,
    remoteKey: 'D\u001b[2J',
    kind: 'only-here',
    why: 'not-mirrored-yet',
    repair: { side: 'tracker', action: 'add' },
  },
  ...more,
})

t.test('runs are listed and shown, and a whole plan is written into a file', async t => {
  const cli = await commandLine(t)
  t.match(await cli.run(['reconcile', 'list', 'demo']), { code: 0, out: 'demo has no reconciliations.\n' })
  const began = Date.now() - 60 * minute
  const run = (id: string, minutes: number, more: object) => ({
    id,
    applicationId: 'demo',
    scope: { all: true },
    repair: 'none',
    state: 'finished' as const,
    startedBy: 'schedule',
    startedAt: new Date(began + minutes * minute),
    counts: { issues: 1_200, same: 1_199 },
    ...more,
  })
  await cli.prisma.reconciliationRun.createMany({
    data: [
      run('plan1', 0, { endedAt: new Date(began + minute) }),
      run('run2', 2, { planId: 'plan1', repair: 'both', state: 'running', startedBy: 'anna' }),
      run('run3', -1, { applicationId: 'other' }),
      run('run4', 3, { state: 'refused', scope: { queue: 'TEST' }, reason: '40 of 60 links would vanish.' }),
    ],
  })
  await cli.prisma.planLine.createMany({
    data: [
      line(1, { outcome: 'done', doneAt: new Date() }),
      line(2, { outcome: 'stale', doneAt: new Date() }),
      line(3),
    ],
  })

  const { out } = await cli.run(['reconcile', 'list', 'demo'])
  t.match(out.split('\n'), [
    /^RUN +STARTED +STATE +SCOPE +REPAIR +BY +FOUND$/,
    /^run4 .* refused +queue TEST +none +schedule/,
    /^run2 .* running +plan plan1 +both +anna/,
    /^plan1 .* finished +all +none +schedule +1,200 issues: 1,199 same\.$/,
    /^$/,
  ])
  t.match(await cli.json('reconcile', 'list', 'demo', '--limit', '1'), {
    reconciliations: [{ id: 'run4', state: 'refused', reason: '40 of 60 links would vanish.' }],
    total: 3,
  })

  const shown = await cli.run(['reconcile', 'show', 'run2', '--limit', '2'])
  t.match(shown.out, /^Run +run2\nApplication +demo\nApplies plan +plan1\n.*\nState +running\n/s)
  t.match(shown.out, /\n1 +TEST-1 +D\\u001b\[2J +only-here +not-mirrored-yet +add it in Tracker +done\n2 .* stale\n$/)
  t.match(shown.told, /^2 of 3 lines; --limit shows more/)
  t.match(await cli.json('reconcile', 'show', 'plan1'), { id: 'plan1', lines: [{ outcome: 'done' }, {}, {}], total: 3 })

  t.match(await cli.run(['reconcile', 'show', 'plan1', '--plan', 'plan.ndjson']), { code: 0, told: /plan.ndjson/ })
  const written = readFileSync(join(cli.directory, 'plan.ndjson'), 'utf8').trimEnd().split('\n')
  t.match(
    written.map(text => JSON.parse(text) as object),
    [
      { plan: 'plan1', application: 'demo', scope: { all: true }, lines: 3 },
      { number: 1 },
      { number: 2 },
      { number: 3 },
    ],
  )

  for (const id of ['run2', 'run4']) {
    const refused = await cli.run(['reconcile', 'show', id, '--plan', 'no.ndjson'])
    t.match(refused, { code: 2, told: /(applies plan plan1 and|the run is refused).*\. Nothing was written/ })
  }
  t.notOk(existsSync(join(cli.directory, 'no.ndjson')))
  t.match(await cli.run(['reconcile', 'show', 'nothing']), { code: 2, told: /There is no run nothing; / })
  t.match(await cli.run(['reconcile', 'list', 'erp']), { code: 2, told: /There is no application erp/ })
})
