import { randomBytes } from 'node:crypto'
import t from 'tap'
import { migrate } from '../../../../src/storage/database/migrations/migrate.ts'
import { readMigrations } from '../../../../src/storage/database/migrations/migration-files.ts'
import { emptyDatabase, runSql } from '../../../support/test-database.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }
const insert = `INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind)
  VALUES ('crm', 'created', 'A-1', '1', 'tracker')`

t.test('a table that becomes partitioned keeps owner, rights and numbers', async t => {
  const { url: databaseUrl } = await emptyDatabase(t)
  const migrations = (await readMigrations()).slice(0, 3)
  await migrate({ databaseUrl, log, migrations })
  const [owner, user] = ['Owner', 'User'].map(name => `"${name} ${randomBytes(4).toString('hex')}"`)
  t.teardown(() =>
    runSql(databaseUrl, ...[owner, user].flatMap(role => [`DROP OWNED BY ${role} CASCADE`, `DROP ROLE ${role}`])),
  )
  await runSql(
    databaseUrl,
    `CREATE ROLE ${owner}`,
    `CREATE ROLE ${user}`,
    `GRANT USAGE, CREATE ON SCHEMA public TO ${owner}`,
    `ALTER TABLE link_event OWNER TO ${owner}`,
    `GRANT SELECT, INSERT ON link_event TO ${user}`,
    `GRANT SELECT ON link_event TO PUBLIC`,
    `GRANT USAGE ON SEQUENCE link_event_id_seq TO ${user}`,
    insert,
  )
  await migrate({ databaseUrl, log })
  await runSql(databaseUrl, `SET ROLE ${user}`, insert, 'SELECT FROM removed_event')
  t.same(await runSql(databaseUrl, 'SELECT id, tableoid::regclass::text AS partition FROM link_event ORDER BY id'), [
    { id: '1', partition: 'link_event_0' },
    { id: '2000000000', partition: 'link_event_2000000000' },
  ])
  await t.rejects(runSql(databaseUrl, `SET ROLE ${user}`, 'DELETE FROM link_event'), { code: '42501' })
  const owners = await runSql(
    databaseUrl,
    `SELECT DISTINCT quote_ident(pg_get_userbyid(relowner)) AS owner FROM pg_class WHERE relname ~ '^link_event' AND relkind IN ('r', 'p', 'S')`,
  )
  t.same(owners, [{ owner }])
  t.same(await runSql(databaseUrl, `SELECT pg_get_serial_sequence('link_event', 'id') AS name`), [
    { name: 'public.link_event_id_seq' },
  ])
})
