import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { openSqlUpstream } from '../../../src/linked-objects/sources/sql/sql-upstream.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { sourceOf } from '../../support/source-application.ts'
import { emptyDatabase, runSql } from '../../support/test-database.ts'

const schema = `CREATE TABLE deals (
  id bigint PRIMARY KEY, title text, amount numeric, changed timestamptz, seen timestamp, due date, tags jsonb, raw bytea)`
const deal = `INSERT INTO deals VALUES
  (9007199254740993, 'Deal', 0.10, '2024-05-02 10:11:12.345678+03', '2024-05-02 10:11:12', '2024-06-01', '{"a":1}', '\\x00ff')`

async function withDeals(t: Pick<Test, 'teardown'>): Promise<string> {
  const { url } = await emptyDatabase(t)
  await runSql(url, schema, deal)
  return url
}

/** Asks a query as it is, without mapping and breaker. */
async function asking(t: Pick<Test, 'teardown'>, databaseUrl: string, query: string) {
  const upstream = await openSqlUpstream({ source: 'sql', databaseUrl, query, mapping: {} }, 'crm')
  t.teardown(() => upstream.close())
  return (key: string, signal = new AbortController().signal) =>
    upstream.ask(key as RemoteKey, { signal }).catch((error: unknown) => error)
}

t.test('the first row becomes a card; no row means no such object', async t => {
  const databaseUrl = await withDeals(t)
  const { find } = sourceOf(t, {
    source: 'sql',
    databaseUrl,
    query: 'SELECT title, changed, due FROM deals WHERE id = $1',
    mapping: { summary: 'title', updated: 'changed', deadline: 'due' },
  })
  t.same(await find('9007199254740993'), {
    key: '9007199254740993',
    summary: 'Deal',
    updated: new Date('2024-05-02T07:11:12.345Z'),
    deadline: new Date('2024-06-01T00:00:00.000Z'),
  })
  t.equal(await find('1'), undefined)
  t.equal(await find("' OR true --"), undefined, 'the key is a value, not a part of the query')
})

t.test('values keep their digits and their moment, whatever the time zone', async t => {
  const url = await withDeals(t)
  const ask = await asking(t, url, 'SELECT *, true AS open, 7 AS count, ARRAY[1,2] AS list, $1 AS key FROM deals')
  t.same(await ask('x'), {
    id: '9007199254740993',
    title: 'Deal',
    amount: '0.10',
    changed: (
      await runSql(
        url,
        "SELECT to_char(changed, 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || to_char(changed, 'TZHTZM') AS text FROM deals",
      )
    )[0]?.text,
    seen: '2024-05-02T10:11:12Z',
    due: '2024-06-01',
    tags: { a: 1 },
    raw: '\\x00ff',
    open: true,
    count: 7,
    list: [1, 2],
    key: 'x',
  })
})

t.test('nothing is written', async t => {
  const url = await withDeals(t)
  await runSql(
    url,
    'CREATE FUNCTION sly() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM deals; RETURN 1; END $$',
  )
  for (const [query, message] of [
    ['DELETE FROM deals WHERE $1 = $1 RETURNING title', /PostgreSQL says: .* \(42601\)/],
    ['SELECT sly() AS title WHERE $1 = $1', /cannot execute DELETE in a read-only transaction \(25006\)/],
    ['SELECT $1::text AS title; DELETE FROM deals', /\(42601\)/],
    ['WITH gone AS (DELETE FROM deals RETURNING title) SELECT title FROM gone WHERE $1 = $1', /PostgreSQL says/],
  ] as const) {
    const ask = await asking(t, url, query)
    t.match(await ask('1'), { reason: 'failed', message }, query)
  }
  t.match(await runSql(url, 'SELECT count(*)::int AS rows FROM deals'), [{ rows: 1 }])
})

t.test('a query that is wrong says what PostgreSQL says', async t => {
  const url = await withDeals(t)
  for (const [query, reason, message] of [
    ['SELEC title FROM deals WHERE id::text = $1', 'failed', /syntax error at or near "SELEC" \(42601\)/],
    ['SELECT title FROM deal WHERE id::text = $1', 'failed', /relation "deal" does not exist \(42P01\)/],
  ] as const) {
    const ask = await asking(t, url, query)
    t.match(await ask('x'), { name: 'SourceFailure', reason, message }, query)
  }
  const ask = await asking(t, url, 'SELECT title FROM deals WHERE id = $1')
  t.match(await ask('9007199254740993'), { title: 'Deal' }, 'the next question is answered')
})

t.test('a query that takes long ends with the caller, and its connection is not used again', async t => {
  const url = await withDeals(t)
  const ask = await asking(t, url, "SELECT title, pg_sleep(CASE $1 WHEN 'slow' THEN 60 ELSE 0 END) FROM deals")
  t.match(await ask('quick'), { title: 'Deal' })
  t.match(await ask('slow', AbortSignal.timeout(50)), { name: 'SourceFailure', reason: 'slow' })
  t.match(await ask('quick'), { title: 'Deal' })
})

t.test('a database that is away, or refuses the user, is a failure that does not show its address', async t => {
  const gone = await asking(t, 'postgresql://user:canary-password-123@127.0.0.1:9/crm', 'SELECT $1::text AS title')
  const error = await gone('1')
  t.match(error, { reason: 'away', message: 'the database did not answer (ECONNREFUSED)' })
  t.notMatch(JSON.stringify([error, (error as Error).stack]), 'canary-password')
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  t.teardown(() => silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const mute = await asking(
    t,
    `postgresql://user:canary-password-123@127.0.0.1:${port}/crm`,
    'SELECT $1::text AS title',
  )
  t.match(await mute('1'), { reason: 'away', message: 'the database did not answer (timeout)' })
  const url = new URL(await withDeals(t))
  url.pathname = '/none'
  const ask = await asking(t, url.href, 'SELECT $1::text AS title')
  t.match(await ask('1'), { reason: 'failed', message: /database "none" does not exist \(3D000\)/ })
})
