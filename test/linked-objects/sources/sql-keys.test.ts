import t, { type Test } from 'tap'
import { openSqlUpstream } from '../../../src/linked-objects/sources/sql/sql-upstream.ts'
import type { Step } from '../../../src/linked-objects/sources/upstream.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { emptyDatabase, runSql } from '../../support/test-database.ts'

async function withDeals(t: Pick<Test, 'teardown'>): Promise<string> {
  const { url } = await emptyDatabase(t)
  await runSql(
    url,
    'CREATE TABLE deals (id bigint, part int, code text, due date, ref uuid, PRIMARY KEY (id, part))',
    "INSERT INTO deals VALUES (7, 1, 'D-7', '2026-01-02', '6a5c5f4e-0000-4000-8000-000000000000')",
  )
  return url
}

/** Asks a query without mapping and breaker: the row, undefined, or the failure. */
async function asking(t: Pick<Test, 'teardown'>, databaseUrl: string, query: string, keyPattern?: string) {
  const upstream = await openSqlUpstream(
    { source: 'sql', databaseUrl, query, mapping: {}, ...(keyPattern !== undefined && { keyPattern }) },
    'crm',
  )
  t.teardown(() => upstream.close())
  return (key: string, steps: Step[] = []) =>
    upstream
      .ask(key as RemoteKey, { signal: new AbortController().signal, tell: step => steps.push(step) })
      .catch((error: unknown) => error)
}

t.test('named groups of keyPattern are values of the query', async t => {
  const url = await withDeals(t)
  const query = 'SELECT code FROM deals WHERE id = {{id}} AND part = {{part}} AND {{id}}::bigint > 0'
  const ask = await asking(t, url, query, 'D-(?<id>[0-9]+)/(?<part>[0-9]+)')
  t.same(await ask('D-7/1'), { code: 'D-7' })
  t.equal(await ask('D-7/2'), undefined)
  const steps: Step[] = []
  t.equal(await ask('7', steps), undefined)
  t.match(steps, [{ step: 'key', rule: /does not belong to this source/ }], 'nobody is asked')
})

t.test('a value is never a part of the text, whatever it holds', async t => {
  const url = await withDeals(t)
  const ask = await asking(
    t,
    url,
    'SELECT {{word}}::text AS word, {{remoteKey}}::text AS key, $1::text AS same',
    '(?<word>.*)!',
  )
  const word = `'; DROP TABLE deals; -- $1 {{remoteKey}}`
  t.same(await ask(`${word}!`), { word, key: `${word}!`, same: `${word}!` })
  t.equal((await runSql(url, 'SELECT count(*)::int AS rows FROM deals'))[0]?.rows, 1)
})

t.test('a group that took part in no match is NULL; what stands in quotes and comments is no placeholder', async t => {
  const url = await withDeals(t)
  const query = `SELECT '{{a}} $1' AS "{{b}}", {{a}}::text IS NULL AS none /* {{c}} */ FROM deals -- $1 {{d}}`
  const ask = await asking(t, url, query, '(?:(?<a>a)|b)')
  t.same(await ask('b'), { '{{b}}': '{{a}} $1', none: true })
})

t.test('a key that the type of a column cannot hold is unknown, not a failure', async t => {
  const url = await withDeals(t)
  for (const [condition, keys] of [
    ['id = $1', ['x', '', '99999999999999999999', '7.5']],
    ['id = {{remoteKey}}', ['x', '99999999999999999999']],
    ['id = {{remoteKey}}::bigint', ['x', '99999999999999999999']],
    ['id = {{remoteKey}}::text::bigint', ['x', '99999999999999999999']],
    ['part = $1', ['2147483648']],
    ['due = $1', ['yesterday or so', '2026-02-30']],
    ['ref = $1', ['7']],
  ] as const) {
    const ask = await asking(t, url, `SELECT code FROM deals WHERE ${condition}`)
    for (const key of keys) t.equal(await ask(key), undefined, `${condition} with ${key}`)
  }
  const ask = await asking(t, url, 'SELECT code FROM deals WHERE id = $1')
  t.same(await ask('7'), { code: 'D-7' })
})

t.test(
  'a value of the data or of the query that cannot be converted is a failure: the object may well exist',
  async t => {
    const url = await withDeals(t)
    for (const query of [
      'SELECT code::int FROM deals WHERE id = $1',
      "SELECT code FROM deals WHERE id = $1 AND part = 'one'",
      'SELECT 1 / (part - 1) AS x FROM deals WHERE id = $1',
    ]) {
      const ask = await asking(t, url, query)
      t.match(await ask('7'), { name: 'SourceFailure', reason: 'failed', mark: /^22/ }, query)
    }
  },
)
