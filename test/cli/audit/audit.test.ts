import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { commandLine, twoApplications } from '../command-line.ts'

t.test('what commands change is recorded with the user of the operating system, listed and exported', async t => {
  const cli = await commandLine(t)
  cli.write('tracker-links.yaml', twoApplications)
  t.match(await cli.run(['audit', 'list']), { code: 0, out: /^There are no such records/ })
  cli.write('objects.ndjson', '{"key":"D-1","summary":"One"}\n')
  const crm = ['--application', 'crm']
  const made = await cli.run(['keys', 'create', '--name', 'sync', '--scope', 'links:read'])
  await cli.run(['objects', 'import', 'objects.ndjson', ...crm])
  await cli.run(['links', 'add', 'TEST-1', 'D-1', 'D-2', ...crm])
  await cli.run(['links', 'remove', 'TEST-1', 'D-1', ...crm])
  await cli.run(['objects', 'delete', 'D-1', '--yes', ...crm])
  await cli.run(['links', 'list', ...crm])

  const listed = (await cli.json('audit', 'list')) as { records: { operation: string; actor: object }[] }
  t.match(listed.records, [
    { operation: 'keys create', about: { name: 'sync' }, actor: { kind: 'operator' } },
    { operation: 'objects import', application: 'crm', about: { file: 'objects.ndjson', created: '1' } },
    { operation: 'links add', about: { issueKey: 'TEST-1', remoteKeys: 'D-1, D-2' } },
    { operation: 'links remove', about: { issueKey: 'TEST-1', remoteKey: 'D-1' } },
    { operation: 'objects delete', about: { key: 'D-1' } },
  ])
  t.equal(listed.records.length, 5)
  const { out } = await cli.run(['audit', 'list', '--limit', '1'])
  t.match(out, /^WHEN +WHO .*\n\S+ .* crm +objects delete +key=D-1/)
  t.notOk(JSON.stringify(listed).includes(made.out.trim()), 'no key')

  t.match(await cli.run(['audit', 'export', '--output', 'audit.ndjson']), {
    code: 0,
    out: /^5 records in audit.ndjson/,
  })
  const lines = readFileSync(join(cli.directory, 'audit.ndjson'), 'utf8').trim().split('\n')
  t.same(
    lines.map(line => (JSON.parse(line) as { operation: string }).operation),
    listed.records.map(({ operation }) => operation),
  )
  t.match(await cli.run(['audit', 'list', '--since', 'soon']), { code: 2, told: /--since takes a date/ })
  t.match(await cli.json('audit', 'list', '--application', 'erp'), { records: [] })
})
