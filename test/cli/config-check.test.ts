import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { run as runCommand } from '../../src/cli/main.ts'
import { emptyDatabase, runSql } from '../support/test-database.ts'

/** A command in a folder with a configuration of one application `crm`, whose `objects` are these. */
async function runWith(t: Test, objects: string, argv: string[], files: Record<string, string> = {}) {
  const directory = t.testdir(files)
  const config = `publicUrl: https://links.example.com
applications:
  - id: crm
    name: Example CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    responsible: user1@example.com
    authorization: { kind: token, tokens: [canary-crm-7Qm2xK9vT4bN8sW3yF6hJ1dL] }
    objects:
${objects.trim().replace(/^/gm, '      ')}`
  writeFileSync(join(directory, 'tracker-links.yaml'), config)
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const printed = Promise.all([text(stdout), text(stderr)])
  const context = { env: {}, directory, stdin: Readable.from([]), stdout, stderr, isTerminal: false }
  const code = await runCommand(argv, context)
  stdout.end()
  stderr.end()
  const [out, told] = await printed
  return { code, out, told }
}

const sql = (url: string, rest: string, table = 'deals') =>
  `source: sql\ndatabaseUrl: "${url}"\nmapping: { summary: title }\nquery: SELECT title FROM ${table} ${rest}`

async function withDeals(t: Test): Promise<string> {
  const { url } = await emptyDatabase(t)
  await runSql(
    url,
    'CREATE TABLE deals (id bigint PRIMARY KEY, code text, title text, owner bigint)',
    "INSERT INTO deals SELECT n, 'D-' || n, 'Deal', n % 3 FROM generate_series(1, 20000) AS n",
    'CREATE TABLE owners (id bigint, name text)',
    "INSERT INTO owners SELECT n, 'Owner' FROM generate_series(1, 3) AS n",
    'ANALYZE deals',
  )
  return url
}

t.test('a query that reads a large table as a whole is told, by the check and by a preview', async t => {
  const url = await withDeals(t)
  const check = (rest: string, table?: string) => runWith(t, sql(url, rest, table), ['config', 'check'])
  const warned = /WARNING: the query of crm reads the whole table public\.deals \(about 20,000 rows\).*no index/
  for (const rest of ['WHERE id::text = $1', 'WHERE code = {{remoteKey}}', "WHERE 'D-' || id = $1"]) {
    t.match(await check(rest), { code: 0, out: warned }, rest)
    t.match(await runWith(t, sql(url, rest), ['objects', 'preview', 'crm', '7']), { out: warned }, rest)
  }
  const json = await runWith(t, sql(url, 'WHERE id::text = $1'), ['config', 'check', '--json'])
  t.match(JSON.parse(json.out), { warnings: [/reads the whole table public\.deals/] })

  for (const [rest, table] of [
    ['WHERE id = $1'],
    ['WHERE id = {{remoteKey}}::bigint'],
    ['WHERE deals.id = $1', 'deals JOIN owners ON owners.id = deals.owner'],
    ['WHERE id::text = $1', '(SELECT id, name AS title FROM owners) AS small'],
  ] as const)
    t.notMatch((await check(rest, table)).out, 'WARNING', rest)
  await runSql(url, 'CREATE INDEX ON deals (code)')
  t.notMatch((await check('WHERE code = $1')).out, 'WARNING', 'with an index')
})

t.test('the check runs nothing of a query', async t => {
  const url = await withDeals(t)
  await runSql(
    url,
    'CREATE SEQUENCE runs',
    "CREATE FUNCTION noted() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT nextval('runs') $$",
  )
  const tried = async (query: string) => (await runWith(t, sql(url, query), ['config', 'check'])).code
  t.equal(await tried('WHERE id = $1 AND noted() > 0'), 0)
  t.equal(await tried('WHERE id = $1; SELECT noted()'), 2, 'PostgreSQL takes one statement only')
  t.equal(await tried('WHERE id = $1; COMMIT; DROP TABLE deals'), 2)
  t.match(await runSql(url, 'SELECT is_called FROM runs'), [{ is_called: false }])
  t.match(await runSql(url, 'SELECT count(*)::int AS rows FROM deals'), [{ rows: 20_000 }])
})

t.test('a query that PostgreSQL refuses is a fault; a database that cannot be asked is not', async t => {
  const url = await withDeals(t)
  t.match(await runWith(t, sql(url, 'WHERE id = $1', 'deal'), ['config', 'check']), {
    code: 2,
    out: '',
    told: /applications\[0\]\.objects\.query: .*relation "deal" does not exist \(42P01\)/,
  })
  const away = 'postgresql://crm:canary-password@127.0.0.1:9/crm'
  const outcome = await runWith(t, sql(away, 'WHERE id = $1'), ['config', 'check'])
  t.match(outcome, {
    code: 0,
    out: /is right: crm\nWARNING: the query of crm could not be looked at: the database did not answer \(ECONNREFUSED\)/,
  })
  t.notMatch(outcome.out + outcome.told, 'canary')
})

t.test('a module that cannot be loaded is a fault with its file and line; its function is not called', async t => {
  const checked = (content: string) =>
    runWith(t, 'source: module\nfile: crm.ts', ['config', 'check'], { 'crm.ts': content })
  t.match(await checked("export default () => {\n  throw new Error('called')\n}"), { code: 0, told: '' })
  for (const [content, told] of [
    [
      'const a = 1\nthrow new Error(String(a))',
      /objects\.file: the module failed: it threw Error: 1, at \S*crm\.ts:2:7\./,
    ],
    ['const a = 1\nenum B { C }', /enum is not supported.*crm\.ts:2\./],
    ['export default 5', /its default export is not a function/],
  ] as const)
    t.match(await checked(content), { code: 2, out: '', told }, content)
})

t.test('a variable that a module reads and is not given is told, and so are the names of those it sees', async t => {
  const content = `export default () => ({
    summary: String([process.env.CRM_TOKEN, process.env['CRM_USER'], process.env.TZ, process.env.GIVEN])
  })`
  const run = (...argv: string[]) =>
    runWith(t, 'source: module\nfile: crm.ts\nenv: { GIVEN: canary-given-1 }', argv, { 'crm.ts': content })
  const told = ['CRM_TOKEN', 'CRM_USER'].map(
    name =>
      `WARNING: the module of crm reads the variable ${name}, but is not given it: add it to \`env\` of the source, such as \`${name}: $\{${name}}\`\n`,
  )
  const checked = await run('config', 'check')
  t.equal(checked.out.replace(/^.*is right: crm\n/, ''), told.join(''))
  const { code, out } = await run('objects', 'preview', 'crm', '7')
  t.match(out, /^ {2}sees the variables (.*, )?GIVEN, .*PATH.*; `env` gives it others$/m)
  t.match(out, told.join('\n'))
  t.equal(code, 0)
  const unset = `source: module\nfile: crm.ts\nenv: { CRM_TOKEN: "$\{NONE}" }`
  t.match(await runWith(t, unset, ['config', 'check'], { 'crm.ts': content }), {
    code: 2,
    told: /objects\.env\.CRM_TOKEN\n *The environment variable NONE is not set/,
  })
})

t.test('a preview says where a module threw', async t => {
  const files = { 'crm.ts': 'export default () => {\n  throw new TypeError("no deal")\n}' }
  const argv = ['objects', 'preview', 'crm', '7']
  t.match(await runWith(t, 'source: module\nfile: crm.ts', argv, files), {
    code: 1,
    out: /No card\n {2}the module failed: it threw TypeError: no deal, at \S*crm\.ts:2:9\n/,
  })
})
