import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { run } from '../../../src/cli/main.ts'
import type { IssueKey } from '../../../src/tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { type CommandLine, commandLine, steersTerminal } from '../command-line.ts'

const awkward = ['a,b', 'say "x"', 'line\r\nbreak', '=1+1', '-5', 'Договор № 15', '\u001b[31m', ' x '] as RemoteKey[]

const link = (cli: CommandLine, issue: string, keys: readonly string[]) => cli.link(issue, keys.toSorted())

/** Links enough for several batches, and for more than a pipe holds. */
async function manyLinks(cli: CommandLine): Promise<void> {
  for (const issue of ['BIG-1', 'BIG-2', 'BIG-3'])
    await link(
      cli,
      issue,
      Array.from({ length: 1_100 }, (_, index) => `${'long'.repeat(20)}${index}`),
    )
}

t.test('NDJSON and CSV hold every link with exactly its keys', async t => {
  const cli = await commandLine(t)
  await link(cli, 'TEST-1', awkward)
  await cli.prisma.link.updateMany({ where: { remoteKey: '-5' }, data: { issueId: '5f0c' } })
  const ndjson = await cli.run(['links', 'export'])
  const rows = ndjson.out
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  t.equal(ndjson.code, 0)
  t.same(new Set(rows.map(row => row.remoteKey)), new Set(awkward))
  t.equal(rows.length, awkward.length)
  t.match(
    rows.find(row => row.remoteKey === '-5'),
    { issueKey: 'TEST-1', issueId: '5f0c', createdAt: /^\d{4}-.*Z$/ },
  )
  t.notOk(steersTerminal(ndjson.out))

  const csv = await cli.run(['links', 'export', '--format', 'csv', '--as-is'])
  const records = parse<Record<string, string>>(csv.out, { columns: true })
  t.same(
    records,
    rows.map(({ issueId = '', ...row }) => ({ ...row, issueId })),
  )
  t.match(csv.out, /^issueKey,remoteKey,issueId,createdAt\r\n/)
  t.match(csv.told, 'WARNING: a spreadsheet would take 2 keys for formulas')
})

t.test('no cell of a CSV is a formula for a spreadsheet, and what was written can be undone', async t => {
  const cli = await commandLine(t)
  const hostile = ['=1+1', '+7 900', '-5', '@SUM(A1)', '\t=1', '\r=1', '\n=1', "'=1", "''+1", '＝1', '=a,"b"']
  const harmless = ['1-5', "'", "'a", 'a=b', 'x\t=1', 'x;=1', '"=1']
  await link(cli, 'TEST-1', [...hostile, ...harmless])
  const { out, told } = await cli.run(['links', 'export', '--format', 'csv'])
  const cells = parse<Record<string, string>>(out, { columns: true }).map(({ remoteKey = '' }) => remoteKey)
  t.equal(cells.length, hostile.length + harmless.length)
  for (const cell of cells) t.notMatch(cell, /^[=+\-@\t\r\n＝＋－＠]/, JSON.stringify(cell))
  t.match(out, '"x;=1"', 'nor what follows a semicolon or a tab')
  t.match(out, '"x\t=1"')
  const undone = cells.map(cell => cell.replace(/^'('*[=+\-@\t\r\n＝＋－＠])/, '$1'))
  t.same(new Set(undone), new Set([...hostile, ...harmless]))
  for (const key of harmless) t.ok(cells.includes(key), JSON.stringify(key))
  t.match(told, 'WARNING: an apostrophe stands before 11 keys')
})

t.test('links are chosen by issue and object; none is an empty export', async t => {
  const cli = await commandLine(t)
  await link(cli, 'TEST-1', ['1', '2'])
  await link(cli, 'TEST-2', ['2'])
  const count = async (...more: string[]) => (await cli.run(['links', 'export', ...more])).out.split('\n').length - 1
  t.equal(await count('--issue', 'test-1'), 2)
  t.equal(await count('--object', '2'), 2)
  t.equal(await count('--object', '2', '--issue', 'TEST-2'), 1)
  t.equal(await count('--object', '3'), 0)
  t.match(await cli.run(['links', 'export', '--object', '3', '--format', 'csv']), {
    code: 0,
    out: 'issueKey,remoteKey,issueId,createdAt\r\n',
  })
})

t.test('more links than are read at a time come each once', async t => {
  const cli = await commandLine(t)
  await manyLinks(cli)
  await link(
    cli,
    'BIG-2',
    Array.from({ length: 1_500 }, (_, index) => `${index}`),
  )
  for (const [more, expected] of [
    [[], 4_800],
    [['--issue', 'BIG-2'], 2_600],
    [['--object', '7'], 1],
  ] as const) {
    const { out } = await cli.run(['links', 'export', ...more])
    const lines = out.trimEnd().split('\n')
    t.equal(lines.length, expected)
    t.equal(new Set(lines).size, expected)
  }
})

t.test('a link that goes while it is exported does not cut the export short', async t => {
  const cli = await commandLine(t)
  await manyLinks(cli)
  const links = await cli.links.list('demo', {}, { limit: 1_000 })
  const last = links.at(-1) as unknown as { issueKey: IssueKey; remoteKey: RemoteKey }
  await cli.prisma.link.deleteMany({
    where: { applicationId: 'demo', issueKey: last.issueKey, remoteKey: last.remoteKey },
  })
  const after = { issueKey: last.issueKey, remoteKey: last.remoteKey }
  t.equal((await cli.links.list('demo', {}, { after, limit: 9_999 })).length, 2_300)
})

t.test('--output writes a file whole, replaces one, follows a link, and leaves nothing else behind', async t => {
  const cli = await commandLine(t)
  await link(cli, 'TEST-1', ['1', '2'])
  t.same(await cli.json('links', 'export', '--output', 'links.csv', '--format', 'csv'), {
    application: 'demo',
    file: 'links.csv',
    links: 2,
  })
  symlinkSync('links.csv', join(cli.directory, 'latest'))
  const { out, code } = await cli.run(['links', 'export', '--output', 'latest'])
  t.same([code, out], [0, '2 links of demo in latest\n'])
  t.equal(readFileSync(join(cli.directory, 'links.csv'), 'utf8').split('\n').length, 3)
  t.same(readdirSync(cli.directory).toSorted(), ['latest', 'links.csv'])
})

t.test('a file that cannot be written is refused in words, and what was there stays', async t => {
  const cli = await commandLine(t)
  mkdirSync(join(cli.directory, 'folder'))
  cli.write('file', 'before')
  t.match(await cli.run(['links', 'export', '--output', 'folder']), { code: 2, told: /folder is not a file/ })
  t.match(await cli.run(['links', 'export', '--output', '/dev/null']), { code: 2, told: /\/dev\/null is not a file/ })
  t.match(await cli.run(['links', 'export', '--output', 'none/x']), { code: 2, told: /its folder does not exist/ })
  t.match(await cli.run(['links', 'export', '--output', 'file/x']), {
    code: 2,
    told: /cannot be written: its folder is a file/,
  })
  t.match(await cli.run(['links', 'export', '--json', '--format', 'csv']), { code: 2, told: /exclude each other/ })
  await cli.prisma.$executeRaw`ALTER TABLE link RENAME TO gone`
  t.match(await cli.run(['links', 'export', '--output', 'file']), { code: 1, out: '' })
  t.equal(readFileSync(join(cli.directory, 'file'), 'utf8'), 'before')
  t.same(readdirSync(cli.directory).toSorted(), ['file', 'folder'])
})

t.test('a reader that goes away ends an export quietly', async t => {
  const cli = await commandLine(t)
  await manyLinks(cli)
  const program = cli.spawn('links', 'export')
  const told = text(program.stderr as NodeJS.ReadableStream)
  await once(program.stdout as NodeJS.ReadableStream, 'data')
  program.stdout?.destroy()
  const [code] = await once(program, 'exit')
  t.equal(code, 0)
  t.match(await told, /^database: .*\nconfiguration: .*\n$/)
})

t.test('an output that cannot be written fails, and is told once', async t => {
  const cli = await commandLine(t)
  await manyLinks(cli)
  for (const argv of [
    ['links', 'export'],
    ['links', 'list'],
  ]) {
    let told = ''
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error('no space left on device')) })
    const stderr = new Writable({
      write: (chunk, _encoding, done) => {
        told += chunk
        done()
      },
    })
    const context = { env: cli.env, directory: cli.directory, stdin: process.stdin, stdout, stderr, isTerminal: false }
    t.equal(await run(argv, context), 1)
    t.equal(told.match(/no space left/g)?.length, 1, told)
    t.notMatch(told, /^ +at /m, 'no stack')
  }
})
