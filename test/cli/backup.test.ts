import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { loadBackup } from '../../src/storage/backup/load-backup.ts'
import { readBackup } from '../../src/storage/backup/read-backup.ts'
import { probeOnce } from '../../src/storage/database/readiness/database-probe.ts'
import { linkFeed } from '../../src/storage/links/link-feed.ts'
import { runSql } from '../support/test-database.ts'
import { type CommandLine, commandLine } from './command-line.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }

/** Texts that a format of lines, cells or arrays could break. */
const awkward = ['plain', 'tab\tand\nbreaks\r', 'back\\slash \\N', '"quotes", {braces}', '\u2028 😀 é', '\\.']

/** A database with rows in every table, each with the values that are lost most easily. */
async function filled(t: Test): Promise<CommandLine> {
  const line = await commandLine(t)
  await line.link('TEST-1', awkward)
  await line.link('TEST-2', ['plain'])
  await line.prisma.$executeRaw`DELETE FROM link WHERE issue_key = 'TEST-2'`
  await line.prisma.$executeRaw`
    INSERT INTO linked_object (application_id, key, summary, assignee_tracker_uid, updated, sequence)
    VALUES ('demo', 'big', ${awkward.join()}, 9223372036854775807, '0044-03-15T10:00:00.123Z', -9223372036854775808)`
  await line.prisma.$executeRaw`
    INSERT INTO api_key (id, name, hash, scopes, applications)
    VALUES ('k', 'night', '\\x00ff0a5c'::bytea, ARRAY['a,b', 'c"d', ''], ARRAY[]::text[])`
  await line.prisma.$executeRaw`
    INSERT INTO issue_alias (application_id, alias, issue_key, issue_id) VALUES ('demo', 'OLD-1', 'TEST-1', '42')`
  await line.prisma.$executeRaw`
    INSERT INTO idempotent_answer (api_key_id, idempotency_key, request_hash, status, headers, body)
    VALUES ('k', 'once', '\\x01'::bytea, 201, '{"n": 12345678901234567890.10}', 'canary-secret')`
  return line
}

const tables = [
  'linked_object',
  'link',
  'link_event',
  'removed_event',
  'issue_alias',
  'object_alias',
  'link_mirror',
  'follower',
  'api_key',
  'audit_record',
]
/** What a move takes along besides. */
const moved = [
  'idempotent_answer',
  'mirror_stop',
  'issue_repairs',
  'reconciliation_run',
  'plan_line',
  'call_record',
  'probe_run',
  'probe_sighting',
]
const contentOf = async (line: CommandLine, names: readonly string[] = tables) =>
  await Promise.all(
    names.map(name => runSql(String(line.env.DATABASE_URL), `SELECT x::text FROM ${name} x ORDER BY 1`)),
  )

async function latest({ prisma }: CommandLine) {
  const { id, occurredAt } = await prisma.linkEvent.findFirstOrThrow({ orderBy: { id: 'desc' } })
  return { id, occurredAt }
}

t.test('what is restored is what was backed up, to the last digit', async t => {
  const [from, to] = [await filled(t), await commandLine(t)]
  const told = await from.json('backup', 'all.gz')
  const file = join(from.directory, 'all.gz')
  t.equal(statSync(file).mode & 0o777, 0o600, 'it holds hashes of keys')
  t.notMatch(gunzipSync(readFileSync(file)).toString(), 'canary-secret', 'answers are not kept')
  const restored = await to.json('restore', file)
  t.same(restored.tables, told.tables)
  t.same(await contentOf(to), await contentOf(from))
  const links = (told.tables as Record<string, { rows: number }>).link
  t.equal(links?.rows, awkward.length)
})

t.test('who loads a backup is told how far it is, to the last row', async t => {
  const [from, to] = [await filled(t), await commandLine(t)]
  const told: [number, number][] = []
  const lines = readBackup(String(from.env.DATABASE_URL), { version: '0.0.1' })
  const { header } = await loadBackup(String(to.env.DATABASE_URL), lines, {
    description: 'the test',
    onProgress: (...progress) => told.push(progress),
  })
  const rows = Object.values(header.rows).reduce((sum, count) => sum + count, 0)
  t.same(told.at(-1), [rows, rows])
})

t.test('a follower of the feed goes on in the restored database, or is refused', async t => {
  const [from, to] = [await filled(t), await commandLine(t)]
  const before = await latest(from)
  await from.json('backup', 'all.gz')
  await from.link('TEST-9', ['later'])
  const after = await latest(from)
  await to.json('restore', join(from.directory, 'all.gz'))
  const feed = linkFeed(to.prisma)
  t.same(await feed.read('demo', before, 10), { events: [], more: false }, 'a cursor from before the backup')
  t.equal(await feed.read('demo', after, 10), undefined, 'one from after it names an event that is not there')
  await to.link('TEST-9', ['other'])
  t.equal((await latest(to)).id, after.id, 'its number is given again')
  t.equal(await feed.read('demo', after, 10), undefined, 'and is still no place of that reader')
  t.match(await feed.read('demo', before, 10), { events: [{ remoteKey: 'other' }] })
})

t.test('the moment of a backup is one in which no event is open below another', async t => {
  const [from, to] = [await filled(t), await commandLine(t)]
  const slow = new Client({ connectionString: String(from.env.DATABASE_URL) })
  await slow.connect()
  t.teardown(() => slow.end())
  await slow.query('BEGIN')
  await slow.query(`INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind)
    VALUES ('demo', 'created', 'SLOW-1', 'slow', 'operator')`)
  await from.link('QUICK-1', ['quick'])
  const backedUp = from.run(['backup', 'all.gz'])
  for (;;) {
    const [waiting] = await runSql(
      String(from.env.DATABASE_URL),
      `SELECT FROM pg_locks WHERE NOT granted AND relation = 'link_event'::regclass`,
    )
    if (waiting) break
  }
  await slow.query('COMMIT')
  t.match(await backedUp, { code: 0 })
  await to.json('restore', join(from.directory, 'all.gz'))
  const keys = (await to.prisma.linkEvent.findMany({ orderBy: { id: 'desc' }, take: 2 })).map(row => row.remoteKey)
  t.same(keys, ['quick', 'slow'])
})

t.test('a file that is cut off, changed, newer or no backup is refused, and nothing is written', async t => {
  const [from, to] = [await filled(t), await commandLine(t)]
  await from.json('backup', 'all.gz')
  const file = join(from.directory, 'all.gz')
  const lines = gunzipSync(readFileSync(file)).toString().split('\n')
  const changed = (edit: (text: string) => string) => gzipSync(edit(lines.join('\n')))
  const cases: Record<string, [Buffer, RegExp]> = {
    'cut off': [readFileSync(file).subarray(0, -20), /its end is missing/],
    'cut off at a line': [gzipSync(`${lines.slice(0, -2).join('\n')}\n`), /its end is missing/],
    'a link changed': [changed(text => text.replace('"TEST-1"', '"TEST-7"')), /hash or number differ/],
    'a link left out': [changed(text => text.replace(/\n\["demo", "TEST-1", "plain".*/, '')), /hash or number differ/],
    'more after the end': [changed(text => `${text}{}\n`), /lines follow/],
    'of a newer form': [changed(text => text.replace(':1,', ':2,')), /newer/],
    'of a newer schema': [
      changed(text => text.replace('management_api"', 'management_api","29990101000000_x"')),
      /newer/,
    ],
    'not compressed': [Buffer.from(lines.join('\n')), /not compressed/],
    'something else': [gzipSync('{}\n'), /not that of a backup/],
    empty: [gzipSync(''), /its end is missing/],
  }
  for (const [name, [bytes, reason]] of Object.entries(cases)) {
    writeFileSync(join(to.directory, 'bad.gz'), bytes)
    const { code, told } = await to.run(['restore', 'bad.gz'])
    t.equal(code, 1, name)
    t.match(told, reason, name)
    t.same((await contentOf(to)).flat(), [], `${name}: nothing was written`)
  }
  await to.json('restore', file)
})

t.test('a database that holds data is not written over, and a missing file is told', async t => {
  const line = await filled(t)
  await line.json('backup', 'all.gz')
  const before = await contentOf(line)
  t.match(await line.run(['restore', 'all.gz']), { code: 1, told: /holds data already.*new database/ })
  t.same(await contentOf(line), before)
  t.match(await line.run(['restore', 'none.gz']), { code: 2, told: /none.gz cannot be read: it does not exist/ })
  t.match(await line.run(['backup', 'no/such/folder.gz']), { code: 2, told: /its folder does not exist/ })
})

t.test('a move takes everything along and leaves a database that nobody writes to', async t => {
  const [from, to] = [await filled(t), await commandLine(t)]
  const all = [...tables, ...moved]
  const before = await contentOf(from, all)
  const url = new URL(String(to.env.DATABASE_URL))
  const { code, out, told } = await from.run(['move', '--to', url.href])
  t.equal(code, 0, told)
  t.match(out, /Now set DATABASE_URL/)
  if (url.password) t.notMatch(out + told, url.password)
  t.same(await contentOf(to, all), before)
  for (const table of all)
    await t.rejects(
      runSql(String(from.env.DATABASE_URL), `DELETE FROM ${table}`),
      { code: table === 'audit_record' ? '42501' : '25006' },
      table,
    )
  const written = await from.link('TEST-3', ['lost']).catch((error: unknown) => error)
  t.type(written, Error)
  for (const argv of [['links', 'list'], ['migrate'], ['backup', 'again.gz']])
    t.match(await from.run(argv), { code: 1, told: /was moved to PostgreSQL at .*Set DATABASE_URL/ })
  const { ready, reason } = await probeOnce(String(from.env.DATABASE_URL), silent)
  t.match(
    { ready, code: reason?.code },
    { ready: false, code: 'database-moved' },
    'a server that still runs there says so',
  )
  await to.link('TEST-3', ['goes on'])
})

t.test('a move that is killed midway leaves the source as it was', async t => {
  const [from, to] = [await filled(t), await commandLine(t)]
  const [source, target] = [String(from.env.DATABASE_URL), String(to.env.DATABASE_URL)]
  // Holds the mover up, when it has locked the source.
  const holder = new Client({ connectionString: target })
  await holder.connect()
  t.teardown(() => holder.end())
  await holder.query('BEGIN')
  await holder.query('LOCK TABLE link IN ROW EXCLUSIVE MODE')
  const mover = from.spawn('move', '--to', target)
  const held = `SELECT FROM pg_locks WHERE granted AND relation = 'link'::regclass AND mode = 'ShareRowExclusiveLock'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  const isHeld = async () => (await runSql(source, held)).length > 0
  while (!(await isHeld())) t.equal(mover.exitCode, null)
  t.match(
    await runSql(source, 'SELECT count(*)::int AS links FROM link'),
    [{ links: awkward.length }],
    'read meanwhile',
  )
  mover.kill('SIGKILL')
  while (await isHeld());
  await from.link('TEST-3', ['goes on'])
  t.match(await from.run(['links', 'list']), { code: 0 })
  await holder.query('ROLLBACK')
  t.same((await contentOf(to)).flat(), [])
  t.match(await from.run(['move', '--to', target]), { code: 0 })
})

t.test('a backup of an older schema is taken, and new columns get their defaults', async t => {
  const [from, to] = [await filled(t), await commandLine(t)]
  const url = String(from.env.DATABASE_URL)
  await runSql(url, 'ALTER TABLE linked_object DROP COLUMN fetched_at')
  await runSql(url, `DELETE FROM _prisma_migrations WHERE migration_name LIKE '%management_api'`)
  const loaded = await loadBackup(String(to.env.DATABASE_URL), readBackup(url, { version: '0.0.1' }), {
    description: '',
  })
  t.equal(loaded.tables.linked_object?.rows, 1)
  t.match(await to.prisma.linkedObject.findMany(), [{ key: 'big', fetchedAt: null }])
})

t.test('a move to where data is, or to nowhere, changes nothing', async t => {
  const [from, to] = [await filled(t), await filled(t)]
  from.write('there.txt', `${to.env.DATABASE_URL}\n`)
  t.match(await from.run(['move', '--to-file', 'there.txt']), { code: 1, told: /holds data already/ })
  t.match(await from.run(['move']), { code: 2, told: /--to ADDRESS, --to-file FILE/ })
  const told = /^What you want to move to is not the address of a PostgreSQL database/
  t.match(await from.run(['move', '--to', 'postgresql://u:canary/1@host/db']), { code: 2, told })
  await from.link('TEST-3', ['still'])
})

t.test('a table is in a backup, in a move, or is left out on purpose', async t => {
  const { env } = await commandLine(t)
  const rows = await runSql(
    String(env.DATABASE_URL),
    `SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`,
  )
  t.same(
    rows.map(({ name }) => name),
    [...tables, ...moved, 'rate_budget', '_prisma_migrations'].toSorted(),
  )
})
