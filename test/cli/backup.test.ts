import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { testDatabase } from '../support/test-database.ts'
import { commandLine } from './command-line.ts'

t.test('backup, restore and move, from the command line', async t => {
  const cli = await commandLine(t)
  await cli.link('TEST-1', ['1', '2'])
  const written = await cli.json('backup', 'links.backup')
  t.match(written, { rows: { link: 2, link_event: 2 }, linkSet: { links: 2, hash: /^-?\d+:-?\d+$/ } })
  t.equal(statSync(join(cli.directory, 'links.backup')).mode & 0o777, 0o600)
  t.match(await cli.run(['restore', 'links.backup']), { code: 1, told: /not empty/ })
  t.match(await cli.run(['backup', '-']), { code: 0, told: /^-: 2 links/ })
  t.match(await cli.run(['restore', '-'], { stdin: readFileSync(join(cli.directory, 'links.backup')) }), {
    code: 1,
    told: /not empty/,
  })
  t.match(await cli.run(['restore', 'missing']), { code: 2, told: /cannot be read: ENOENT/ })
  t.match(await cli.run(['backup', 'no/folder']), { code: 2, told: /folder does not exist/ })

  const { url } = await testDatabase(t)
  writeFileSync(join(cli.directory, 'address'), `${url}\n`)
  const moved = await cli.run(['move', '--to-file', 'address'])
  t.match(moved, { told: '', code: 0, out: /^2 links are in PostgreSQL at .*set DATABASE_URL/ })
  t.match(await cli.run(['links', 'add', 'TEST-1', '3', '--application', 'demo']), {
    code: 1,
    told: /takes no changes/,
  })
  t.match(await cli.run(['links', 'list']), { code: 0, out: /TEST-1/ })
  cli.env.DATABASE_URL = url
  t.match(await cli.json('links', 'list'), { links: [{ remoteKey: '1' }, { remoteKey: '2' }] })
  for (const words of [[], ['--to', url, '--to-file', 'address']])
    t.match(await cli.run(['move', ...words]), { code: 2, told: /Say where to move to/ })
  t.match(await cli.run(['move', '--to', 'mysql://x']), { code: 2, told: /DATABASE_URL/ })
  t.match(await cli.run(['move', '--to', url]), { code: 2, told: /in use already/ })
})

t.test('restore makes the data folder of the embedded database', async t => {
  const cli = await commandLine(t)
  await cli.link('TEST-1', ['1'])
  await cli.json('backup', 'links.backup')
  delete cli.env.DATABASE_URL
  mkdirSync(join(cli.directory, 'elsewhere'))
  cli.env.DATA_DIR = join(cli.directory, 'elsewhere', 'data')
  t.match(await cli.json('restore', 'links.backup'), { rows: { link: 1 } })
  t.ok(existsSync(cli.env.DATA_DIR))
  t.match(await cli.json('links', 'list'), { links: [{ issueKey: 'TEST-1', remoteKey: '1' }] })
})
