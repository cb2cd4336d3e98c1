import { Client } from 'pg'
import t from 'tap'
import { readMigrations } from '../../../../src/storage/database/migrations/migration-files.ts'
import { splitStatements } from '../../../../src/storage/database/migrations/split-statements.ts'
import { emptyDatabase } from '../../../support/test-database.ts'

t.test('a script is cut at the semicolons that end a statement, and at no others', async t => {
  const whole = [
    `SELECT 'a;b', 'it''s; so', E'a\\';b', e'\\\\'`,
    `SELECT "a;b", "a"";b" FROM "x;y"`,
    'CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; END; $$',
    'DO $body$ BEGIN EXECUTE $$SELECT 1;$$; END; $body$',
    'DO $тело$ BEGIN NULL; END $тело$',
    'SELECT 1 -- one; two\n, 2',
    'SELECT /* one; /* two; */ three; */ 3',
    "SELECT 'no -- comment; here'",
    "SELECT some'text;'",
    'PREPARE p AS SELECT $1, $2',
    'SELECT a$b$c FROM t',
    'SELECT d$b$e FROM t',
  ]
  for (const statement of whole) t.strictSame(splitStatements(`${statement};`), [statement])
  t.strictSame(splitStatements(`${whole.join(';\n')};`), whole)
  t.strictSame(splitStatements('SELECT 1'), ['SELECT 1'], 'the last one needs no semicolon')
})

t.test('what holds no statement is left out', async t => {
  t.strictSame(splitStatements(''), [])
  t.strictSame(splitStatements(' ;; -- nothing\n ; /* nothing */'), [])
  t.strictSame(splitStatements('-- why\nSELECT 1; -- after it'), ['-- why\nSELECT 1'])
})

t.test('a script without an end is refused', async t => {
  for (const script of [
    "SELECT 'a; SELECT 2",
    'SELECT "a; SELECT 2',
    'SELECT 1; /* a /* b */ SELECT 2',
    'DO $$ BEGIN; END',
    'DO $a$ $b$',
  ])
    t.throws(() => splitStatements(script), /has no end/, script)
})

t.test('each of our own migrations runs statement by statement', async t => {
  const { url } = await emptyDatabase(t)
  const client = new Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  let number = 0
  // A statement with a name is prepared, and PostgreSQL prepares no two in one text.
  const runOne = (text: string) => client.query({ name: `statement ${number++}`, text })
  await t.rejects(runOne('SELECT 1; SELECT 2'), /multiple commands/)
  for (const { name, sql } of await readMigrations()) {
    await runOne('BEGIN')
    for (const statement of splitStatements(sql))
      await t.resolves(runOne(statement), `${name}: ${statement.slice(0, 60)}`)
    await runOne('COMMIT')
  }
})
