import { gunzipSync, gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { backedUpTables } from '../../../src/storage/backup/backup-format.ts'
import { moveDatabase } from '../../../src/storage/backup/move-database.ts'
import { restoreBackup } from '../../../src/storage/backup/restore-backup.ts'
import { writeBackup } from '../../../src/storage/backup/write-backup.ts'
import { createPrismaClient } from '../../../src/storage/database/connection/connect.ts'
import { databaseProblem } from '../../../src/storage/database/connection/database-problem.ts'
import { linkFeed } from '../../../src/storage/links/link-feed.ts'
import type { IssueKey } from '../../../src/tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { storedLinks, storedObjects } from '../../support/stored.ts'
import { runSql, type TestDatabase, testDatabase } from '../../support/test-database.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }
const awkward = [
  'Договор № 15 "x"\\',
  'a\tb',
  '"quoted", {"#end":"link"}',
  'emoji 🚀',
  String.raw`\.`,
  `'; DROP TABLE link; --`,
]

const create = ({ prisma }: Pick<TestDatabase, 'prisma'>, issue: string, keys: readonly string[]) =>
  storedLinks(prisma).change({
    kind: 'create',
    applicationId: 'crm',
    links: keys.map(key => ({ issueKey: issue as IssueKey, remoteKey: key as RemoteKey })),
    actor: { kind: 'user', login: 'user1', uid: 9_007_199_254_740_993n },
  })

/** A database with something in each table, and with values that are easily lost. */
async function filled(t: Test): Promise<TestDatabase> {
  const database = await testDatabase(t)
  await create(database, 'TEST-1', awkward)
  await storedLinks(database.prisma).change({
    kind: 'remove',
    applicationId: 'crm',
    links: [{ issueKey: 'TEST-1' as IssueKey, remoteKey: awkward[0] as RemoteKey }],
    actor: { kind: 'tracker' },
  })
  await storedObjects(database.prisma).put('crm', [
    { key: 'D-1' as RemoteKey, summary: 'Line\nbreak', assignee: { trackerUid: 9_223_372_036_854_775_807n } },
  ])
  await runSql(
    database.url,
    `INSERT INTO issue_alias VALUES ('crm', 'OLD-1', 'TEST-1', 'abc')`,
    `INSERT INTO api_key (id, name, hash, scopes, applications) VALUES ('k1', 'N', '\\x00ff5c', '{a,"b c"}', '{}')`,
    `INSERT INTO idempotent_answer VALUES ('k1', 'i', '\\x01', 201, '{"a": 1.50}', 'body', now())`,
  )
  return database
}

/** All that a database holds, as PostgreSQL writes it. */
async function contents(url: string): Promise<Record<string, unknown>> {
  const tables = await Promise.all(
    backedUpTables.map(async table => [
      table,
      await runSql(url, `SELECT ${table}::text AS row FROM ${table} ORDER BY 1`),
    ]),
  )
  return Object.fromEntries(tables)
}

async function backupOf(url: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  await writeBackup(url, async bytes => {
    for await (const piece of bytes) pieces.push(piece)
  })
  return Buffer.concat(pieces)
}

/** In pieces of a few bytes, so that lines are divided anywhere. */
async function* inPieces(bytes: Buffer, size = 7): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

t.test('every table is backed up', async t => {
  const { url } = await testDatabase(t)
  const rows = await runSql(
    url,
    `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`,
  )
  const names = rows.map(({ name }) => String(name)).filter(name => name !== '_prisma_migrations')
  t.same(new Set(names), new Set(backedUpTables))
})

t.test('what was backed up is restored value for value, and events go on with higher ids', async t => {
  const source = await filled(t)
  const backup = await backupOf(source.url)
  const target = await testDatabase(t)
  const { rows, linkSet } = await restoreBackup(target.url, inPieces(backup))
  t.match(rows, { link: awkward.length - 1, link_event: awkward.length + 1, linked_object: 1, api_key: 1 })
  t.equal(linkSet.links, awkward.length - 1)
  t.same(await contents(target.url), await contents(source.url))

  const feed = linkFeed(target.prisma)
  const before = await feed.read('crm', undefined, 100)
  const last = before?.events.at(-1)
  await create(target, 'TEST-2', ['new'])
  const after = await feed.read('crm', last && { id: last.id, occurredAt: last.occurredAt }, 100)
  t.match(after?.events, [{ remoteKey: 'new' }], 'a reader goes on after the restore where it was')
  await create(source, 'TEST-3', ['later'])
  const [later] =
    (await linkFeed(source.prisma).read('crm', last && { id: last.id, occurredAt: last.occurredAt }, 9))?.events ?? []
  t.equal(
    await feed.read('crm', later && { id: later.id, occurredAt: new Date(later.occurredAt.getTime() + 1) }, 9),
    undefined,
    'a reader that has read more than the backup holds is told so',
  )
})

t.test('a backup is the state of one moment, whatever is written meanwhile', async t => {
  const source = await testDatabase(t)
  await create(source, 'TEST-1', ['before'])
  const pieces: Buffer[] = []
  await writeBackup(source.url, async bytes => {
    await create(source, 'TEST-1', ['meanwhile'])
    for await (const piece of bytes) pieces.push(piece)
  })
  const text = gunzipSync(Buffer.concat(pieces)).toString()
  t.match(text, '"remote_key":"before"')
  t.notMatch(text, 'meanwhile')
})

t.test('a backup that is not whole, or was changed, restores nothing', async t => {
  const backup = await backupOf((await filled(t)).url)
  const text = gunzipSync(backup).toString()
  const lines = text.split('\n')
  const without = (part: string) => lines.filter(line => !line.includes(part)).join('\n')
  const target = await testDatabase(t)
  const empty = await contents(target.url)
  for (const [what, bytes, message] of [
    ['cut', backup.subarray(0, -9), /is cut/],
    ['cut at a line', gzipSync(lines.slice(0, -2).join('\n')), /is cut/],
    ['cut behind a line', gzipSync(`${lines.slice(0, -2).join('\n')}\n`), /is cut/],
    ['a link changed', gzipSync(text.replace('TEST-1', 'TEST-7')), /was changed/],
    ['a link left out', gzipSync(without('emoji')), /was changed|has 5 rows/],
    ['longer', gzipSync(`${text}{"#table":"link"}\n`), /is cut|goes on behind/],
    ['without its first line', gzipSync(lines.slice(1).join('\n')), /was changed|first line/],
    ['of a newer form', gzipSync(text.replace('"#backup":1', '"#backup":2')), /has the form 2/],
    [
      'of a newer version',
      gzipSync(text.replace('"migrations":["', '"migrations":["29990101000000_more","')),
      /newer version/,
    ],
    ['empty', Buffer.alloc(0), /is cut|no backup/],
    ['no backup', Buffer.from('{"a":1}\n'), /not compressed/],
  ] as [string, Buffer, RegExp][]) {
    await t.rejects(restoreBackup(target.url, inPieces(bytes, 1_000)), { name: 'BackupFault', message }, what)
    t.same(await contents(target.url), empty, `${what}: nothing was restored`)
  }
  await restoreBackup(target.url, inPieces(backup))
  await t.rejects(restoreBackup(target.url, inPieces(backup)), { message: /not empty: it has 1 rows in linked_object/ })
})

t.test('a restore that is broken off leaves an empty database', async t => {
  const backup = await backupOf((await filled(t)).url)
  const target = await testDatabase(t)
  const empty = await contents(target.url)
  async function* broken() {
    yield backup.subarray(0, backup.length / 2)
    throw new Error('the disk cannot be read')
  }
  await t.rejects(restoreBackup(target.url, broken()), { message: 'the disk cannot be read' })
  t.same(await contents(target.url), empty)
})

t.test('a move takes everything along, and lets nobody change what was left', async t => {
  const source = await filled(t)
  const target = await testDatabase(t)
  const before = await contents(source.url)
  await moveDatabase({ from: source.url, to: target.url, movedTo: 'PostgreSQL at db:5432/links' })
  t.same(await contents(target.url), before)
  t.same(await contents(source.url), before, 'it can still be read')
  const refused = await create(source, 'TEST-9', ['late']).then(
    () => undefined,
    error => error as Error,
  )
  t.match(databaseProblem(refused), { code: 'database-away', message: /takes no changes/ })
  await create(target, 'TEST-9', ['late'])
  await runSql(source.url, 'DROP FUNCTION tracker_links_moved() CASCADE')
  await create(source, 'TEST-9', ['undone'])
})

t.test('no change that is acknowledged during a move is left behind', async t => {
  const source = await testDatabase(t)
  const target = await testDatabase(t)
  await create(
    source,
    'TEST-1',
    Array.from({ length: 1_000 }, (_, key) => String(key)),
  )
  const others = await Promise.all(
    Array.from({ length: 4 }, async () =>
      createPrismaClient({
        databaseUrl: source.url,
        log: silent,
        size: 1,
        limitSessions: true,
        prepareStatements: true,
      }),
    ),
  )
  t.teardown(() => Promise.all(others.map(prisma => prisma.$disconnect())))
  const acknowledged = new Set<string>()
  const writing = others.map(async (prisma, writer) => {
    for (let link = 0; ; link++) {
      const key = `${writer}-${link}`
      try {
        await create({ prisma }, 'TEST-2', [key])
      } catch {
        return
      }
      acknowledged.add(key)
    }
  })
  while (acknowledged.size < 20) await new Promise(resolve => setImmediate(resolve))
  await moveDatabase({ from: source.url, to: target.url, movedTo: 'elsewhere' })
  await Promise.all(writing)
  const rows = await runSql(target.url, `SELECT remote_key AS key FROM link WHERE issue_key = 'TEST-2'`)
  const arrived = new Set(rows.map(({ key }) => key))
  t.same(
    [...acknowledged].filter(key => !arrived.has(key)),
    [],
  )
})

t.test('a move to a database that is not empty, or whose rows do not arrive, changes nothing', async t => {
  const source = await filled(t)
  const target = await filled(t)
  const places = { from: source.url, to: target.url, movedTo: 'elsewhere' }
  await t.rejects(moveDatabase(places), { message: /not empty/ })
  const empty = await testDatabase(t)
  await runSql(
    empty.url,
    `CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF new.remote_key LIKE ''emoji%'' THEN RETURN NULL; END IF; RETURN new; END'`,
    'CREATE TRIGGER lose BEFORE INSERT ON link FOR EACH ROW EXECUTE FUNCTION lose()',
  )
  await t.rejects(moveDatabase({ ...places, to: empty.url }), { message: /not those that were there/ })
  t.match(await runSql(empty.url, 'SELECT count(*)::int AS rows FROM link'), [{ rows: 0 }])
  await create(source, 'TEST-8', ['still possible'])
})
