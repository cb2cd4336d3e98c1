import t, { type Test } from 'tap'
import { storeMirrorRows } from '../../support/mirror-rows.ts'
import { commandLine, twoApplications } from '../command-line.ts'

async function withOrganization(t: Test) {
  const cli = await commandLine(t)
  const organization = '{ kind: yandex360, id: "1", token: canary-tracker }'
  cli.write('tracker-links.yaml', `${twoApplications}organizations:\n  main: ${organization}\n`)
  return { cli, ...(await storeMirrorRows(cli.prisma, 'crm')) }
}

const crm = ['--application', 'crm']

t.test('links show says where a link stands with Tracker', async t => {
  const { cli } = await withOrganization(t)
  const shown = async (key: string) =>
    /^Tracker: (.*)$/m.exec((await cli.run(['links', 'show', 'TEST-1', key, ...crm])).out)?.[1]
  t.equal(await shown('mirrored'), 'mirrored')
  t.equal(await shown('pending'), 'pending: Tracker is to be told')
  t.equal(await shown('failed'), 'failed: tracker-away, No answer.; next try 2099-01-01T00:00:00.000Z')
  t.match(await shown('unsent'), /^unsent: /)
  t.match(await shown('unknown'), /^unknown: /)
  t.match(await cli.json('links', 'show', 'TEST-2', 'stopped', ...crm), {
    mirror: { state: 'failed', reason: 'issue-locked', nextTry: '2099-01-01T00:00:00.000Z' },
  })
  cli.write('tracker-links.yaml', twoApplications)
  t.equal(await shown('mirrored'), undefined)
})

t.test('mirror status shows what waits and what stops it, and mirror resume ends stops', async t => {
  const { cli } = await withOrganization(t)
  t.match(await cli.run(['mirror', 'status', 'crm']), {
    code: 0,
    out: `crm: not mirrored (\`mirror\` is off), issues in main
  3 waiting, 1 of them failed; the oldest changed at 2026-11-01T10:00:00.000Z
  TEST-2 stopped since 2026-11-01T10:00:00.000Z: issue-locked, Too many changes.; next try 2099-01-01T00:00:00.000Z
`,
  })
  const stop = { applicationId: 'crm', issueKey: '', reason: 'token-refused', nextAt: new Date('2099-01-01') }
  await cli.prisma.mirrorStop.create({ data: stop })
  await cli.prisma.follower.create({
    data: { applicationId: 'tests', name: 'mirror: missed', eventId: 7n, occurredAt: new Date('2026-11-02') },
  })
  const { code, out } = await cli.run(['mirror', 'status', '--json'])
  t.equal(code, 1)
  t.match(JSON.parse(out).applications, [
    {
      application: 'crm',
      sends: false,
      waiting: 3,
      stop: { reason: 'token-refused' },
      issueStops: [{ issueKey: 'TEST-2' }],
    },
    { application: 'tests', waiting: 0, stop: null, missedSince: '2026-11-02T00:00:00.000Z' },
  ])
  t.match(await cli.run(['mirror', 'resume', 'crm', '--issue', 'test-9']), {
    out: '1 of its stops are over: the servers try again.\n',
  })
  t.match(await cli.run(['mirror', 'resume', 'crm']), {
    code: 0,
    out: '2 of its stops are over: the servers try again.\n',
  })
  t.equal(await cli.prisma.mirrorStop.count({ where: { nextAt: { gt: new Date() } } }), 0)
  t.match(await cli.run(['audit', 'list']), { out: /crm +mirror resume +issueKey=TEST-9/ })
  t.match(await cli.run(['mirror', 'resume', 'crn']), {
    code: 2,
    told: /There is no application crn with an organization/,
  })
  cli.write('tracker-links.yaml', twoApplications)
  t.match(await cli.run(['mirror', 'status']), { code: 2, told: /^No application has an organization/ })
})
