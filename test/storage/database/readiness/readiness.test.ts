import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { startEmbeddedPostgres } from '../../../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { migrationLock } from '../../../../src/storage/database/migrations/migrate.ts'
import { openStorage, type Storage } from '../../../../src/storage/open-storage.ts'
import { usedDataFolder } from '../../../support/storage-process.ts'
import { runSql, testDatabase } from '../../../support/test-database.ts'
import { until } from '../../../support/until.ts'

type Level = 'info' | 'warn' | 'error'

/** A storage on a database of its own, with its readiness as it is now, and its log. */
async function opened(t: Pick<Test, 'teardown'>, options: { url?: string; mustOwn?: boolean } = {}) {
  const url = options.url ?? (await testDatabase(t)).url
  const logged: { level: Level; told: string }[] = []
  const tell = (level: Level) => (_fields: unknown, told?: string) => logged.push({ level, told: told ?? '' })
  const log = { info: tell('info'), warn: tell('warn'), error: tell('error') }
  const { mustOwn = false } = options
  const storage = await openStorage({ databaseUrl: url, dataDirectory: '/nowhere', log, mustOwn })
  t.teardown(() => storage.close())
  return { storage, url, logged }
}

/** The readiness, once the machine has time for an answer. */
const readinessOf = (storage: Storage) =>
  until(async () => {
    const told = await storage.readiness()
    return told.reason?.code !== 'database-timeout' && told
  })

const addLink = (storage: Storage, remoteKey: string) =>
  storage.prisma.link.create({ data: { applicationId: 'demo', issueKey: 'TEST-1', remoteKey } })

/** A role with the rights that are given, and the address with which it logs in. */
async function roleWith(t: Pick<Test, 'teardown'>, url: string, ...rights: string[]) {
  const name = `App "links" ${randomBytes(4).toString('hex')}`
  const quoted = `"${name.replaceAll('"', '""')}"`
  await runSql(url, `CREATE ROLE ${quoted} LOGIN PASSWORD 'canary-password'`)
  t.teardown(() => runSql(url, `DROP OWNED BY ${quoted} CASCADE`, `DROP ROLE ${quoted}`))
  await runSql(url, ...rights.map(right => `GRANT ${right} TO ${quoted}`))
  const address = new URL(url)
  address.username = encodeURIComponent(name)
  address.password = 'canary-password'
  return { quoted, url: address.href }
}

const databaseOf = (url: string) => new URL(url).pathname.slice(1)

t.test('a database that takes no changes is told, and how that is ended', async t => {
  const { url } = await testDatabase(t)
  const name = databaseOf(url)
  await runSql(url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`)
  const { storage } = await opened(t, { url })
  const { ready, reason } = await readinessOf(storage)
  t.match(
    { ready, reason },
    {
      ready: false,
      reason: { code: 'database-read-only', message: /takes no changes: default_transaction_read_only/ },
    },
  )
  const [statement] = /ALTER DATABASE [^;]+;/.exec(reason?.hint ?? '') ?? ['']
  await runSql(url, 'SET default_transaction_read_only = off', statement)
  await runSql(
    url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`,
  )
  await until(async () => (await readinessOf(storage)).ready)
})

t.test('a standby is told as one', async t => {
  const folder = join(await usedDataFolder(t), 'postgres')
  await writeFile(join(folder, 'cluster', 'standby.signal'), '')
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const postgres = await startEmbeddedPostgres({ folder, log, durable: false })
  t.teardown(() => postgres.stop())
  const { storage } = await opened(t, { url: await postgres.url('tracker_links') })
  t.match(await readinessOf(storage), {
    ready: false,
    reason: {
      code: 'database-read-only',
      message: /is a standby in recovery/,
      hint: /Point DATABASE_URL at the primary/,
    },
  })
})

t.test('while the disk is full the server is not ready, and it is again as soon as changes succeed', async t => {
  const { storage, url } = await opened(t)
  await runSql(
    url,
    `CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100'; END $$`,
    'CREATE TRIGGER filled BEFORE INSERT ON link FOR EACH STATEMENT EXECUTE FUNCTION fill()',
  )
  t.match(await readinessOf(storage), { ready: true }, 'nobody has met it yet')
  await t.rejects(addLink(storage, '1'))
  t.match(await readinessOf(storage), {
    ready: false,
    reason: { code: 'database-disk-full', message: /full disk .*No space left on device/, hint: /Free space/ },
  })
  t.match(await readinessOf(storage), { ready: false }, 'and stays so')
  await runSql(url, 'DROP TRIGGER filled ON link')
  await until(async () => (await readinessOf(storage)).ready)
  t.equal(await storage.prisma.link.count(), 0, 'the trials left nothing')
  t.equal(await storage.prisma.linkEvent.count(), 0)
  await addLink(storage, '1')
})

t.test('a fault of one statement does not make the server unready', async t => {
  const { storage } = await opened(t)
  for (const state of ['53100', '25006', '42501'])
    await t.rejects(
      storage.prisma.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '${state}'; END $$`),
    )
  t.match(await readinessOf(storage), { ready: true })
})

t.test('rights that links need are named with the SQL that gives them, and the SQL is enough', async t => {
  const { url } = await testDatabase(t)
  const role = await roleWith(t, url, 'SELECT ON ALL TABLES IN SCHEMA public')
  const { storage } = await opened(t, { url: role.url })
  const { ready, reason } = await readinessOf(storage)
  t.match(
    { ready, reason },
    {
      ready: false,
      reason: {
        code: 'rights-missing',
        message: /denies the role "App ""links"" .* INSERT, UPDATE, DELETE on "public"\."link"/,
      },
    },
  )
  t.notMatch(JSON.stringify(reason), /canary/)
  const sql = reason?.hint.match(/GRANT [^;]+;/g) ?? []
  t.strictSame(sql, [
    `GRANT INSERT, UPDATE, DELETE ON "public"."link" TO ${role.quoted};`,
    `GRANT INSERT ON "public"."link_event" TO ${role.quoted};`,
    `GRANT USAGE ON SEQUENCE "public"."link_event_id_seq" TO ${role.quoted};`,
  ])
  await runSql(url, ...sql)
  const { ready: readyNow, warnings = [] } = await readinessOf(storage)
  t.equal(readyNow, true)
  t.match(
    warnings,
    [{ code: 'rights-missing', message: /"linked_object".*"idempotent_answer"/ }],
    'what only pushes need',
  )
  await addLink(storage, '1')
  await runSql(url, ...(warnings[0]?.hint.match(/GRANT [^;]+;/g) ?? []))
  t.same((await readinessOf(storage)).warnings, [])
})

t.test('a right that is taken away while the server runs is told', async t => {
  const { url } = await testDatabase(t)
  const all = [
    'SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public',
    'USAGE ON ALL SEQUENCES IN SCHEMA public',
  ]
  const role = await roleWith(t, url, ...all)
  const { storage } = await opened(t, { url: role.url })
  t.match(await readinessOf(storage), { ready: true, warnings: [] })
  await runSql(url, 'REVOKE USAGE ON SCHEMA public FROM PUBLIC')
  t.match(await readinessOf(storage), {
    ready: false,
    reason: { code: 'rights-missing', hint: /GRANT USAGE ON SCHEMA/ },
  })
})

t.test('a migration that holds our tables is told as the reason, one that does not as a warning', async t => {
  const { storage, url } = await opened(t)
  const other = new Client({ connectionString: url })
  await other.connect()
  t.teardown(() => other.end())
  await other.query(`BEGIN; SELECT pg_advisory_xact_lock(${migrationLock})`)
  t.match(await readinessOf(storage), { ready: true, warnings: [{ code: 'migration-running' }] })
  await other.query('LOCK TABLE link IN ACCESS EXCLUSIVE MODE')
  t.match(await readinessOf(storage), { ready: false, reason: { code: 'migration-running', hint: /Wait/ } })
  await other.query('ROLLBACK')
  await until(async () => (await readinessOf(storage)).ready)
  t.same((await readinessOf(storage)).warnings, [])
  await runSql(url, 'DROP TABLE link')
  await other.query(`BEGIN; SELECT pg_advisory_xact_lock(${migrationLock})`)
  t.match(await readinessOf(storage), { ready: false, reason: { code: 'migration-running' } }, 'the first migration')
})

t.test('a schema that is too old is a reason, one that is newer a warning', async t => {
  const { storage, url } = await opened(t)
  await runSql(
    url,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('1', '', '2099_next', now())`,
  )
  t.match(await readinessOf(storage), {
    ready: true,
    warnings: [{ code: 'schema-newer', message: /newer version.*2099_next/, hint: /Start that newer version/ }],
  })
  await runSql(url, `DELETE FROM _prisma_migrations WHERE migration_name ~ 'init|2099'`)
  t.match(await readinessOf(storage), {
    ready: false,
    reason: { code: 'schema-behind', message: /lacks \d+_init/, hint: /tracker-links migrate/ },
  })
  await runSql(url, 'DROP TABLE link CASCADE')
  t.match(await readinessOf(storage), {
    ready: false,
    reason: { code: 'schema-behind', message: /"link" does not exist/ },
  })
})

t.test('a database that is dropped, or a password that is changed, is told with its own reason', async t => {
  const { url } = await testDatabase(t)
  const role = await roleWith(t, url, 'SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public')
  const { storage } = await opened(t, { url: role.url })
  const { storage: other } = await opened(t, { url })
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${databaseOf(url)}' AND pid <> pg_backend_pid()`
  await runSql(url, `ALTER ROLE ${role.quoted} PASSWORD 'canary-other'`, cut)
  const told = await until(async () => {
    const { reason } = await readinessOf(storage)
    return reason?.code === 'database-password-refused' && reason
  })
  t.match(told, { message: /^PostgreSQL at .* refuses the user or the password of DATABASE_URL/ })
  t.notMatch(JSON.stringify(told), /canary/)
  const server = new URL(url)
  server.pathname = '/postgres'
  await runSql(server.href, `ALTER DATABASE ${databaseOf(url)} RENAME TO ${databaseOf(url)}_gone`).catch(async () => {
    await runSql(server.href, cut.replace('<> pg_backend_pid()', '> 0'))
    await runSql(server.href, `ALTER DATABASE ${databaseOf(url)} RENAME TO ${databaseOf(url)}_gone`)
  })
  t.teardown(() => runSql(server.href, `ALTER DATABASE ${databaseOf(url)}_gone RENAME TO ${databaseOf(url)}`))
  await until(async () => (await readinessOf(other)).reason?.code === 'database-missing')
})

t.test('clocks that differ by 2 s or more are a warning, once in the log', async t => {
  const { url } = await testDatabase(t)
  const name = databaseOf(url)
  // Before PostgreSQL's own function, for whoever asks.
  await runSql(
    url,
    `CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
       AS $$ SELECT pg_catalog.clock_timestamp() + interval '7 seconds' $$`,
    `ALTER DATABASE ${name} SET search_path = public, pg_catalog`,
  )
  const { storage, logged } = await opened(t, { url, mustOwn: true })
  const { ready, warnings } = await readinessOf(storage)
  t.equal(ready, true)
  t.match(warnings, [
    { code: 'clock-skew', message: /The clock of PostgreSQL at .* is \d\.\d s ahead of/, hint: /NTP/ },
  ])
  await readinessOf(storage)
  t.match(
    logged.filter(({ told }) => told.includes('clock')),
    [{ level: 'warn', told: /\d\.\d s ahead .*NTP/ }],
  )
  await runSql(
    url,
    `CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
       AS $$ SELECT pg_catalog.clock_timestamp() - interval '1.9 seconds' $$`,
  )
  t.same((await readinessOf(storage)).warnings, [])
})
