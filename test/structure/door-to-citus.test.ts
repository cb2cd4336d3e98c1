import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { filesBelow } from '../../scripts/structure/imports.ts'

// What Citus does not run, and what costs nothing to leave out on plain PostgreSQL (docs/decisions/door-to-citus.md).
const root = join(import.meta.dirname, '../..')
const statements = filesBelow(root, ['src/storage'])
  .filter(file => !file.includes('/prisma-client/'))
  .flatMap(file =>
    Array.from(readFileSync(join(root, file), 'utf8').matchAll(/`([^`]*)`/g), ([, sql = '']) => ({ file, sql })),
  )
  .filter(({ sql }) => /\b(SELECT|INSERT|UPDATE|DELETE)\b/.test(sql))

const filesWith = (isForbidden: (sql: string) => boolean) =>
  statements.filter(({ sql }) => isForbidden(sql)).map(({ file }) => file)

const namesRowsByPlace = (sql: string) => /\bctid\b/.test(sql)
const asksForTimeInUpdate = (sql: string) =>
  /\bDO UPDATE SET\b(?:(?!\bWHERE\b|\bRETURNING\b).)*(now\(\)|CURRENT_TIMESTAMP)/s.test(sql)
/** A lock at the end of a CTE, and not in a query of its own within it. */
const locksInJoin = (sql: string) => /\bFOR UPDATE( SKIP LOCKED)?\s*\)(?!\s*AS\b)/.test(sql)

t.test('the check sees what it looks for', async t => {
  t.ok(namesRowsByPlace('DELETE FROM a WHERE ctid = ANY (…)'))
  t.ok(asksForTimeInUpdate('ON CONFLICT (a) DO UPDATE SET\n (a, b) = (1, now()) WHERE a'))
  t.notOk(asksForTimeInUpdate('ON CONFLICT (a) DO UPDATE SET a = excluded.a WHERE b < now()'))
  t.ok(locksInJoin('WITH a AS (SELECT b FROM c FOR UPDATE\n), d AS (SELECT)'))
  t.notOk(locksInJoin('WITH a AS (SELECT * FROM (SELECT b FROM c FOR UPDATE SKIP LOCKED) AS locked)'))
  t.ok(statements.length > 30)
})

t.test('rows are named by their keys: a row of a distributed table has no place of its own', async t => {
  t.same(filesWith(namesRowsByPlace), [])
})

t.test(
  'an update of a conflicting row takes its time from the row: now() would differ between the servers',
  async t => {
    t.same(filesWith(asksForTimeInUpdate), [])
  },
)

t.test('rows are locked by a query of their own, which others join', async t => {
  t.same(filesWith(locksInJoin), [])
})
