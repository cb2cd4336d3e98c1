import { Client } from 'pg'
import t, { type Test } from 'tap'
import { createPrismaClient } from '../../../src/storage/database/connection/connect.ts'
import { migrate } from '../../../src/storage/database/migrations/migrate.ts'
import { createLinks } from '../../../src/storage/links/create-links.ts'
import { type LinkBatch, type LinkStatement, nameOf } from '../../../src/storage/links/link-batch.ts'
import type { LinkKeys } from '../../../src/storage/links/link-keys.ts'
import { createMovedLinks } from '../../../src/storage/links/moved/create-moved.ts'
import { moveLinks } from '../../../src/storage/links/moved/move-links.ts'
import { removeMovedLinks } from '../../../src/storage/links/moved/remove-moved.ts'
import { removeLinks, removeOnlyMatches } from '../../../src/storage/links/remove-links.ts'
import { putObjects } from '../../../src/storage/objects/put-objects.ts'
import { renameObject } from '../../../src/storage/objects/rename-object.ts'
import type { PrismaClient } from '../../../src/storage/prisma-client/client.ts'
import type { IssueKey } from '../../../src/tracker-contract/issue-key.ts'
import { emptyDatabase, runSql } from '../../support/test-database.ts'
import { until } from '../../support/until.ts'

// What locks several rows locks them in one order, by bytes, so that no two of them deadlock. A database may sort otherwise:
// here `a` stands before `B`, and A-9 before A-10, as they do for a reader.
const icu = `LOCALE_PROVIDER icu ICU_LOCALE 'en-US-u-kn-true' LOCALE 'C'`

const link = (issueKey: string, remoteKey: string) => ({ issueKey, remoteKey }) as LinkKeys
const [early, late] = [link('A-10', 'B'), link('A-9', 'a')]
const others = { early: link('A-1', 'B'), late: link('A-1', 'a') }

/** Calls that share a statement. */
const batch = (...calls: LinkKeys[][]) =>
  calls.map(links => ({ links, names: links.map(nameOf), actor: { kind: 'tracker' } })) as unknown as LinkBatch

const isLink = ({ issueKey, remoteKey }: LinkKeys) => `issue_key = '${issueKey}' AND remote_key = '${remoteKey}'`
const insert = ({ issueKey, remoteKey }: LinkKeys) =>
  `INSERT INTO link (application_id, issue_key, remote_key) VALUES ('crm', '${issueKey}', '${remoteKey}')`
const lockLink = (one: LinkKeys) => `SELECT FROM link WHERE ${isLink(one)} FOR UPDATE NOWAIT`
const manyLinks = `INSERT INTO link (application_id, issue_key, remote_key)
  SELECT 'crm', 'B-' || n, 'k' || n FROM generate_series(1, 20000) AS n`
const insertObject = (key: string) =>
  `INSERT INTO linked_object (application_id, key, summary) VALUES ('crm', '${key}', 's')`
const lockObject = (key: string) => `SELECT FROM linked_object WHERE key = '${key}' FOR UPDATE NOWAIT`

/** `early` holds the row that has to come first; `late` would fail if the other row were locked. */
type Case = {
  name: string
  before: string[]
  early: string
  late: string
  run: (prisma: PrismaClient) => Promise<unknown>
}

const run = (statement: LinkStatement, calls: LinkBatch) => (prisma: PrismaClient) => statement(prisma, 'crm', calls)
const rename = (from: string, to: string) => (prisma: PrismaClient) =>
  renameObject(prisma, 'crm', { from, to, actor: { kind: 'operator' } } as never)

const alias = (former: string, key: string) =>
  `INSERT INTO issue_alias (application_id, alias, issue_key, issue_id) VALUES ('crm', '${former}', '${key}', 'id')`
const moveAway = (prisma: PrismaClient) => moveLinks(prisma, 'crm', { issueId: 'id', former: 'A-1' as IssueKey }, 10)

const cases: Case[] = [
  ...[
    { one: late, other: early, by: 'issue' },
    { one: others.late, other: others.early, by: 'object' },
  ].flatMap(({ one, other, by }): Case[] => [
    {
      name: `links that are created, by ${by}`,
      before: [],
      early: insert(other),
      late: insert(one),
      run: run(createLinks, batch([one, other])),
    },
    {
      name: `links that are removed, by ${by}`,
      // In a table that is not small PostgreSQL looks the links up one by one, in the order of the question.
      before: [insert(one), insert(other), manyLinks, 'ANALYZE link'],
      early: lockLink(other),
      late: lockLink(one),
      run: run(removeLinks, batch([one], [other])),
    },
    {
      name: `links of which one is meant, by ${by}`,
      before: [insert(one), insert(other)],
      early: lockLink(other),
      late: lockLink(one),
      run: run(removeOnlyMatches, batch([one, other])),
    },
    {
      name: `links of moved issues that are created, by ${by}`,
      before: [],
      early: insert(other),
      late: insert(one),
      run: run(createMovedLinks, batch([one, other])),
    },
    {
      name: `links of moved issues that are removed, by ${by}`,
      before: [insert(one), insert(other)],
      early: lockLink(other),
      late: lockLink(one),
      run: run(removeMovedLinks, batch([one], [other])),
    },
  ]),
  {
    name: 'links of an issue that is moved, by object',
    before: [alias('A-1', 'B-1'), insert(others.late), insert(others.early)],
    early: lockLink(others.early),
    late: lockLink(others.late),
    run: moveAway,
  },
  {
    name: 'links of an issue that is moved, by issue',
    before: [alias('A-1', 'A-0'), insert(link('A-1', 'x')), insert(link('A-0', 'x'))],
    early: lockLink(link('A-0', 'x')),
    late: lockLink(link('A-1', 'x')),
    run: moveAway,
  },
  {
    name: 'objects that are pushed',
    before: [insertObject('a'), insertObject('B')],
    early: lockObject('B'),
    late: lockObject('a'),
    run: prisma => putObjects(prisma, 'crm', ['a', 'B'].map(key => ({ key, summary: 'new' })) as never),
  },
  {
    name: 'an object that is renamed, and the one that has the new key',
    before: [insertObject('a'), insertObject('B')],
    early: lockObject('B'),
    late: lockObject('a'),
    run: rename('a', 'B'),
  },
  {
    name: 'links of an object that is renamed, by issue',
    before: [insert(link('A-9', 'x')), insert(link('A-10', 'x'))],
    early: lockLink(link('A-10', 'x')),
    late: lockLink(link('A-9', 'x')),
    run: rename('x', 'y'),
  },
  {
    name: 'links of an object that is renamed, by object',
    before: [insert(others.late), insert(others.early)],
    early: lockLink(others.early),
    late: lockLink(others.late),
    run: rename('a', 'B'),
  },
]

t.test('rows are locked in the order of their bytes, whatever the locale of the database', async t => {
  const { url } = await emptyDatabase(t, icu)
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  await migrate({ databaseUrl: url, log })
  t.match(await runSql(url, `SELECT ('a' < 'B') AND ('A-9' < 'A-10') AS sorts`), [{ sorts: true }])
  const prisma = createPrismaClient({ databaseUrl: url, log, size: 2, limitSessions: true, prepareStatements: true })
  t.teardown(() => prisma.$disconnect())
  const [holder, probe] = [await session(t, url), await session(t, url)]
  for (const { name, before, early, late, run } of cases) {
    await runSql(url, 'TRUNCATE link, link_event, linked_object, issue_alias', ...before)
    await holder('BEGIN', early)
    const done = run(prisma).catch(() => {})
    await until(async () => (await runSql(url, blocked)).length > 0)
    await t.resolves(probe('BEGIN', "SET LOCAL lock_timeout = '1s'", late), name)
    await probe('ROLLBACK')
    await holder('ROLLBACK')
    await done
  }
})

const blocked = `
  SELECT FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`

async function session(t: Test, url: string): Promise<(...statements: string[]) => Promise<void>> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return async (...statements) => {
    for (const statement of statements) await client.query(statement)
  }
}
