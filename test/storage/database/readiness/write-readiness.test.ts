import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { openStorage } from '../../../../src/storage/open-storage.ts'
import { runSql, testDatabase } from '../../../support/test-database.ts'
import { until } from '../../../support/until.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }

async function opened(t: Test, databaseUrl: string) {
  const storage = await openStorage({ databaseUrl, dataDirectory: '/nowhere', log })
  t.teardown(() => storage.close())
  const readiness = () =>
    until(async () => {
      const told = await storage.readiness()
      return told.reason?.code !== 'database-timeout' && told
    })
  return { storage, readiness }
}

/** Takes a connection, if one is left, until the test is over. */
async function isTaken(t: Test, connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString })
  client.on('error', () => {})
  t.teardown(() => client.end())
  return await client.connect().then(
    () => true,
    () => false,
  )
}

t.test('a full disk is told before anybody has met it', async t => {
  const { url } = await testDatabase(t)
  const database = new URL(url).pathname.slice(1)
  // Before PostgreSQL's own function, for whoever asks. On a disk that is really full: scripts/proofs/full-disk-test.ts.
  await runSql(
    url,
    `CREATE FUNCTION public.generate_series(int, int) RETURNS SETOF int LANGUAGE plpgsql AS $$ BEGIN
       RAISE EXCEPTION 'could not write to file "base/pgsql_tmp": No space left on device' USING ERRCODE = '53100'; END $$`,
    `ALTER DATABASE ${database} SET search_path = public, pg_catalog`,
  )
  const { readiness } = await opened(t, url)
  t.match(await readiness(), { ready: false, reason: { code: 'database-disk-full', hint: /Free space/ } })
  await runSql(url, 'DROP FUNCTION public.generate_series(int, int)')
  await until(async () => (await readiness()).ready)
})

t.test('a limit of temporary files is no full disk', async t => {
  const { url } = await testDatabase(t)
  await runSql(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET temp_file_limit = 0`)
  const { readiness } = await opened(t, url)
  t.match(await readiness(), { ready: true })
})

t.test('changes are tried where events go once the oldest ones are gone', async t => {
  const { url } = await testDatabase(t)
  await runSql(
    url,
    'ALTER TABLE link_event DETACH PARTITION link_event_0',
    'CREATE TABLE link_event_9 PARTITION OF link_event FOR VALUES FROM (9) TO (MAXVALUE)',
  )
  const { storage, readiness } = await opened(t, url)
  await t.rejects(storage.prisma.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END $$`))
  await until(async () => (await readiness()).ready)
})

t.test('a lack of connections counts only if calls get none', async t => {
  const { url } = await testDatabase(t)
  const role = `spare_${randomBytes(4).toString('hex')}`
  await runSql(
    url,
    `CREATE ROLE ${role} LOGIN PASSWORD 'canary-password'`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`,
    `GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
  )
  t.teardown(() => runSql(url, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`))
  const address = new URL(url)
  address.username = role
  address.password = 'canary-password'
  const { storage, readiness } = await opened(t, address.href)
  // Only now: PostgreSQL counts a connection of the start for a moment after it was closed.
  await runSql(url, `ALTER ROLE ${role} CONNECTION LIMIT 1`)
  await until(() =>
    storage.prisma.link.count().then(
      () => true,
      () => false,
    ),
  )
  const spare = { code: 'database-connections-used-up' }
  t.match(await readiness(), { ready: true, warnings: [spare] }, 'the calls have the only connection')
  const held = Promise.withResolvers<void>()
  const busy = storage.prisma.$transaction(async tx => {
    await tx.link.count()
    await held.promise
  })
  const asked = readiness()
  held.resolve()
  await busy
  t.match(await asked, { ready: true, warnings: [spare] }, 'a call used it at that moment')

  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`
  await until(async () => {
    await runSql(url, cut)
    return await isTaken(t, address.href)
  })
  // A call of the pool may have been on its way when its connection was cut.
  const told = await until(async () => {
    const now = await readiness()
    return !now.ready && now
  })
  t.match(told, { reason: spare }, 'somebody else has it')
})
