import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { Client } from 'pg'
import t from 'tap'
import { migrate, migrationLock, readSchemaState } from '../../../../src/storage/database/migrations/migrate.ts'
import { type Migration, readMigrations } from '../../../../src/storage/database/migrations/migration-files.ts'
import { emptyDatabase, runSql, testDatabase } from '../../../support/test-database.ts'
import { until } from '../../../support/until.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }
const program = `${import.meta.dirname}/../../../support/migrate-program.ts`
const tables = `SELECT string_agg(table_name, ' ' ORDER BY table_name) AS names FROM information_schema.tables WHERE table_schema = 'public'`
const migration = (name: string, sql: string): Migration => ({
  name,
  sql,
  checksum: createHash('sha256').update(sql).digest('hex'),
})

t.test('an empty database gets the schema; a repetition changes nothing', async t => {
  const { url: databaseUrl } = await emptyDatabase(t)
  const names = (await readMigrations()).map(({ name }) => name)
  t.strictSame(await readSchemaState({ databaseUrl, log }), {
    current: false,
    empty: true,
    missing: names,
    changed: [],
  })
  t.strictSame(await migrate({ databaseUrl, log }), { applied: names })
  t.strictSame(await migrate({ databaseUrl, log }), { applied: [] })
  t.strictSame(await readSchemaState({ databaseUrl, log }), { current: true, empty: false, missing: [], changed: [] })
})

t.test('a database of an older version gets what it lacks', async t => {
  const { url: databaseUrl } = await testDatabase(t)
  const migrations = [...(await readMigrations()), migration('20990101000000_next', 'CREATE TABLE next (id int);')]
  t.strictSame(await migrate({ databaseUrl, log, migrations }), { applied: ['20990101000000_next'] })
  t.match(await runSql(databaseUrl, tables), [{ names: /\bnext\b/ }])
})

t.test('eight processes that migrate at once make each migration once, and all end well', async t => {
  const { url } = await emptyDatabase(t)
  const programs = Array.from({ length: 8 }, async () => {
    const child = spawn(process.execPath, [program, url], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [told, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
    t.equal(code, 0)
    return told.trim()
  })
  const names = (await readMigrations()).map(({ name }) => name)
  const made = (await Promise.all(programs)).flatMap(told => told.split(',').filter(Boolean))
  t.strictSame(made.sort(), names)
})

t.test('who waited for another process finds what that one did', async t => {
  const { url: databaseUrl } = await emptyDatabase(t)
  const one = migration('20300101000000_one', 'CREATE TABLE one (id int);')
  const other = new Client({ connectionString: databaseUrl })
  await other.connect()
  t.teardown(() => other.end())
  await other.query(`BEGIN; SELECT pg_advisory_xact_lock(${migrationLock})`)
  const waits = Promise.withResolvers<void>()
  const waiting = migrate({ databaseUrl, log: { ...log, info: () => waits.resolve() }, migrations: [one] })
  await waits.promise
  await other.query(`
    CREATE TABLE _prisma_migrations (migration_name text, checksum text, finished_at timestamptz, rolled_back_at timestamptz);
    INSERT INTO _prisma_migrations VALUES ('${one.name}', '${one.checksum}', now());
    CREATE TABLE one (id int);
    COMMIT`)
  t.strictSame(await waiting, { applied: [] })
})

t.test('a migration that fails is told by name, with the words of the database, and nothing of it stays', async t => {
  const { url: databaseUrl } = await emptyDatabase(t)
  const migrations = [
    migration('20300101000000_good', 'CREATE TABLE good (id int);'),
    migration('20300102000000_bad', 'CREATE TABLE half (id int); CREATE TABLE good (id int);'),
  ]
  await t.rejects(migrate({ databaseUrl, log, migrations }), {
    code: 'migration-failed',
    message:
      /^The migration 20300102000000_bad could not be applied\. .*"good" already exists.* It changed nothing; those before it stay\. Correct/,
  })
  t.strictSame(await runSql(databaseUrl, tables), [{ names: '_prisma_migrations good' }])
  const corrected = [...migrations.slice(0, 1), migration('20300102000000_bad', 'CREATE TABLE half (id int);')]
  t.strictSame(await migrate({ databaseUrl, log, migrations: corrected }), { applied: ['20300102000000_bad'] })
})

t.test('a process that is killed amidst a migration leaves nothing, and the next one does it', async t => {
  const { url: databaseUrl } = await emptyDatabase(t)
  const slow = migration('20300101000000_slow', 'CREATE TABLE slow (id int); SELECT pg_sleep(600);')
  const child = spawn(process.execPath, [program, databaseUrl, JSON.stringify([slow])], { stdio: 'inherit' })
  const sleeping = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`
  await until(async () => (await runSql(databaseUrl, sleeping)).length > 0)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const quick = migration('20300101000000_slow', 'CREATE TABLE slow (id int);')
  t.strictSame(await migrate({ databaseUrl, log, migrations: [quick] }), { applied: ['20300101000000_slow'] })
})

t.test('semicolons in texts, functions and comments end no statement', async t => {
  const { url: databaseUrl } = await emptyDatabase(t)
  const sql = `
    -- a comment; with a semicolon
    CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN n := n * 2; RETURN n; END; $$;
    CREATE TABLE said (word text DEFAULT 'a;b');`
  await migrate({ databaseUrl, log, migrations: [migration('20300101000000_function', sql)] })
  t.strictSame(await runSql(databaseUrl, 'INSERT INTO said DEFAULT VALUES RETURNING word, twice(21) AS answer'), [
    { word: 'a;b', answer: 42 },
  ])
})

t.test('a migration waits for a table in use, and lets others use it meanwhile', async t => {
  const { url: databaseUrl } = await testDatabase(t)
  const reader = new Client({ connectionString: databaseUrl })
  await reader.connect()
  t.teardown(() => reader.end())
  await reader.query('BEGIN; SELECT FROM link')
  const waits = Promise.withResolvers<void>()
  const migrations = [
    ...(await readMigrations()),
    migration('20990101000000_lock', 'ALTER TABLE link ADD COLUMN extra text;'),
  ]
  const migrated = migrate({ databaseUrl, log: { ...log, warn: () => waits.resolve() }, migrations })
  await waits.promise
  // Within the time that a server of the former version waits for a lock.
  const insert = `INSERT INTO link (application_id, issue_key, remote_key) VALUES ('crm', 'A-1', '1')`
  await runSql(databaseUrl, `SET lock_timeout = '2s'`, insert)
  await reader.query('COMMIT')
  t.strictSame(await migrated, { applied: ['20990101000000_lock'] })
})

t.test('a database of a newer version of the program is refused', async t => {
  const { url: databaseUrl } = await testDatabase(t)
  await runSql(
    databaseUrl,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'y', '20990101000000_later', now())`,
  )
  const refusal = {
    code: 'schema-newer',
    message: /newer version of this program: it has 20990101000000_later.*Start that/,
  }
  await t.rejects(migrate({ databaseUrl, log }), refusal)
  await t.rejects(readSchemaState({ databaseUrl, log }), refusal)
})

t.test('a migration that another tool began and did not finish is told', async t => {
  const { url: databaseUrl } = await testDatabase(t)
  await runSql(databaseUrl, `UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name LIKE '%_init'`)
  await t.rejects(migrate({ databaseUrl, log }), {
    code: 'migration-half-applied',
    message: /_init was begun in this database by another tool and did not finish.*prisma migrate resolve/,
  })
  await runSql(databaseUrl, `UPDATE _prisma_migrations SET rolled_back_at = now()`)
  t.match(await readSchemaState({ databaseUrl, log }), { current: false }, 'one that was undone is to be applied')
})

t.test('a database with tables of something else is refused', async t => {
  const { url: databaseUrl } = await emptyDatabase(t)
  await runSql(databaseUrl, 'CREATE TABLE invoices (id int)')
  await t.rejects(migrate({ databaseUrl, log }), {
    code: 'schema-unknown',
    message: /give this program a database of its own/,
  })
  t.strictSame(await runSql(databaseUrl, tables), [{ names: 'invoices' }])
})

t.test('a migration that was edited after it was applied is a warning', async t => {
  const { url: databaseUrl } = await emptyDatabase(t)
  await migrate({ databaseUrl, log, migrations: [migration('20300101000000_one', 'SELECT 1;')] })
  const warned: unknown[] = []
  const warn = (...parts: unknown[]) => warned.push(parts)
  const edited = [migration('20300101000000_one', 'SELECT 2;')]
  t.strictSame(await migrate({ databaseUrl, log: { ...log, warn }, migrations: edited }), { applied: [] })
  t.match(warned, [[{ migration: '20300101000000_one' }, /edited after it was applied/]])
})

t.test('limits of time that the database sets for everybody do not end a migration', async t => {
  const { url: databaseUrl, name } = await emptyDatabase(t)
  await runSql(databaseUrl, `ALTER DATABASE ${name} SET statement_timeout = '50ms'`)
  const migrations = [migration('20300101000000_slow', 'SELECT pg_sleep(0.2);')]
  t.strictSame(await migrate({ databaseUrl, log, migrations }), { applied: ['20300101000000_slow'] })
})
