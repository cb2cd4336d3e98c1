import t, { type Test } from 'tap'
import { buildSandbox } from '../../../src/sandbox/sandbox-app.ts'
import { createWorld } from '../../../src/sandbox/world/world.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { commandLine, twoApplications } from '../command-line.ts'

const application = (id: string) => ({
  id,
  name: id,
  frontUrl: 'https://crm.example.com/{{remoteKey}}',
  defaultIconUrl: 'https://crm.example.com/icon.svg',
  responsible: 'crm@example.com',
})

/** A sandbox with the applications `crm` and `tests`, whose calls go nowhere, and a command line with a database. */
async function withSandbox(t: Test) {
  const applications = [application('crm'), application('tests')]
  const world = createWorld({ applications, settings: { repeatedLink: 'duplicate' } })
  const { app } = await buildSandbox({ world })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const cli = await commandLine(t)
  const organization = `{ kind: yandex360, id: "1", token: canary-tracker, url: "${url}", rate: { other: 1000 } }`
  cli.write('tracker-links.yaml', `${twoApplications}organizations:\n  main: ${organization}\n`)
  const linksOf = (key: string) => {
    const issue = world.issue(key)
    return issue ? world.remoteLinksOf(issue).map(link => `${link.applicationId} ${link.key}`) : []
  }
  return { cli, world, linksOf }
}

const head = 'issue,application,remoteKey\n'

t.test('links to objects are added in Tracker and here, each once, and wrong rows stop them', async t => {
  const { cli, world, linksOf } = await withSandbox(t)
  await cli.objects.put('tests', [{ key: 'there' as RemoteKey, summary: 'There' }])
  cli.write(
    'links.ndjson',
    [
      '{"issue":"TEST-1","application":"tests","remoteKey":"there"}',
      '{"issue":"TEST-1","application":"tests","remoteKey":"gone"}',
      '{"issue":"TEST-1","application":"crm","remoteKey":12345678901234567890}',
    ].join('\n'),
  )
  t.match(await cli.run(['tracker', 'import-remote-links', 'links.ndjson', '--dry-run']), {
    code: 2,
    told: 'line 2, key TEST-1: remoteKey is the key of no object. Import the object first, or leave the row out.\n',
  })
  cli.write('other.csv', `${head}TEST-1,CRM,1\nTEST-1,crm,${'x'.repeat(256)}\nTEST-1,tests,\n`)
  t.match(await cli.run(['tracker', 'import-remote-links', 'other.csv']), {
    code: 2,
    told: /^line 2, key TEST-1: application must be .* Configured are crm, tests\.\nline 3, .*: remoteKey must be 1 to 255 .*\nline 4, .*: remoteKey must be there\. Add it\.\n$/,
  })
  t.same([...linksOf('TEST-1'), ...(await cli.links.list('tests', {}, { limit: 1 }))], [])

  const user = world.firstUser()
  const issue = world.issue('TEST-1')
  const crm = world.application('crm')
  if (!issue || !crm) throw new Error('the world has changed')
  // In Tracker already, but not here; and an issue that was moved.
  world.addRemoteLink({ issue, application: crm, key: 'a/1', by: user })
  world.moveIssue(world.issue('TEST-2') as never, 'NEW', user)
  const moved = world.issue('TEST-2')?.id
  const rows = ['test-1,crm,a/1', 'TEST-1,crm,Сделка 2', 'TEST-2,crm,1', `${issue.id},crm,3`]
  cli.write('links.csv', `${head}${rows.join('\n')}\nNEW-1,crm,1\n${moved},crm,1\n`)

  t.match(await cli.run(['tracker', 'import-remote-links', 'links.csv', '--dry-run']), { code: 0, out: /6 rows\./ })
  t.match(await cli.run(['tracker', 'import-remote-links', 'links.csv']), {
    code: 0,
    out: /6 rows: 3 imported, 3 already there, 0 refused/,
  })
  t.same(linksOf('TEST-1').sort(), ['crm 3', 'crm a/1', 'crm Сделка 2'])
  const budgets = await cli.prisma.rateBudget.findMany({ orderBy: { class: 'asc' } })
  t.match(budgets, [{ organization: /^yandex360 1 [0-9a-f]{16}$/, class: 'other' }, { class: 'search' }], 'shared')
  t.same(linksOf('NEW-1'), ['crm 1'])
  const stored = (await cli.links.list('crm', {}, { limit: 9 })).map(
    ({ issueKey, remoteKey }) => `${issueKey} ${remoteKey}`,
  )
  t.same(stored, ['NEW-1 1', 'TEST-1 3', 'TEST-1 a/1', 'TEST-1 Сделка 2'], 'by the present key of the issue')
  t.match(await cli.json('links', 'history', '--application', 'crm'), {
    events: Array.from({ length: 4 }, () => ({
      kind: 'created',
      actor: { kind: 'tracker', login: 'import' },
    })),
  })

  cli.write('again.csv', `${head}NEW-1,crm,1\nTEST-1,crm,a/1\nTEST-99,crm,1\n`)
  t.match(await cli.run(['tracker', 'import-remote-links', 'again.csv']), {
    code: 2,
    out: /0 imported, 2 already there, 1 refused/,
    told: /^line 4, TEST-99 with 1 of crm: Tracker answered GET \/v3\/issues\/TEST-99 with 404/m,
  })
  t.equal(linksOf('NEW-1').length, 1)
})

t.test('the audit has what was stored, also of an import that stopped early, and nothing of a check', async t => {
  const { cli } = await withSandbox(t)
  const records = async () =>
    (await cli.prisma.auditRecord.findMany()).map(({ operation, about }) => ({ operation, about }))
  await cli.objects.put('tests', [{ key: '2' as RemoteKey, summary: 'There' }])
  cli.write('links.csv', `${head}TEST-1,crm,1\nTEST-1,tests,2\n`)
  await cli.prisma.$executeRaw`ALTER TABLE link ADD CONSTRAINT "only_crm" CHECK (application_id = 'crm')`
  await cli.run(['tracker', 'import-remote-links', 'links.csv', '--dry-run'])
  t.same(await records(), [])
  t.match(await cli.run(['tracker', 'import-remote-links', 'links.csv']), { code: 1, told: /Stopped early/ })
  t.same(await records(), [{ operation: 'tracker import-remote-links', about: { file: 'links.csv', created: '1' } }])
})
