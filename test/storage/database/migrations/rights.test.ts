import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { openStorage } from '../../../../src/storage/open-storage.ts'
import { emptyDatabase, runSql, testDatabase } from '../../../support/test-database.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }
const open = (databaseUrl: string) => openStorage({ databaseUrl, dataDirectory: '/nowhere', log })

/** A role without any right of its own, its name in need of quotes, and the address with which it logs in. */
async function poorRole(t: Pick<Test, 'teardown'>, databaseUrl: string) {
  const name = `App "links" ${randomBytes(4).toString('hex')}`
  const quoted = `"${name.replaceAll('"', '""')}"`
  await runSql(databaseUrl, `CREATE ROLE ${quoted} LOGIN PASSWORD 'canary-password'`)
  t.teardown(() => runSql(databaseUrl, `DROP OWNED BY ${quoted} CASCADE`, `DROP ROLE ${quoted}`))
  const address = new URL(databaseUrl)
  address.username = encodeURIComponent(name)
  address.password = 'canary-password'
  return { quoted, url: address.href }
}

/** Runs the SQL that a message gives, as its administrator would. */
async function obey(databaseUrl: string, message: string): Promise<string[]> {
  const statements = message.match(/(GRANT|CREATE SCHEMA) [^;]+;/g) ?? []
  await runSql(databaseUrl, ...statements)
  return statements
}

const refusalOf = (url: string) =>
  open(url).then(
    async storage => {
      await storage.close()
      throw new Error('it was opened')
    },
    (error: { code: string; message: string }) => error,
  )

t.test('a role that may create nothing is told the right and the SQL that gives it, and the SQL is enough', async t => {
  const { url } = await emptyDatabase(t)
  const role = await poorRole(t, url)
  const refusal = await refusalOf(role.url)
  t.match(refusal, { code: 'rights-missing', message: /CREATE on schema "public".*Nothing was changed/ })
  t.notMatch(refusal.message, /canary/)
  t.strictSame(await obey(url, refusal.message), [`GRANT USAGE, CREATE ON SCHEMA "public" TO ${role.quoted};`])
  const storage = await open(role.url)
  t.teardown(() => storage.close())
  t.equal(await storage.prisma.link.count(), 0)
})

t.test('a role that may not even use the schema is told the same', async t => {
  const { url } = await emptyDatabase(t)
  const role = await poorRole(t, url)
  await runSql(url, 'REVOKE ALL ON SCHEMA public FROM PUBLIC')
  const refusal = await refusalOf(role.url)
  t.match(refusal, { code: 'rights-missing', message: /USAGE and CREATE on schema "public"/ })
  await obey(url, refusal.message)
  await (await open(role.url)).close()
})

t.test('a role that may not read the tables of another is told which SQL lets it work with them', async t => {
  const { url } = await testDatabase(t)
  const role = await poorRole(t, url)
  const refusal = await refusalOf(role.url)
  t.match(refusal, { code: 'rights-missing', message: /SELECT on table "_prisma_migrations"/ })
  t.ok((await obey(url, refusal.message)).length > 0)
  const storage = await open(role.url)
  t.teardown(() => storage.close())
  t.equal(await storage.prisma.link.count(), 0)
})

t.test('a role that may not change the tables of another is told so before a migration begins', async t => {
  const { url } = await emptyDatabase(t)
  const role = await poorRole(t, url)
  await (await open(url)).close()
  // As an older version left it: the last migration is not noted.
  await runSql(
    url,
    `DELETE FROM _prisma_migrations WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations)`,
    `GRANT USAGE, CREATE ON SCHEMA public TO ${role.quoted}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role.quoted}`,
  )
  const refusal = await refusalOf(role.url)
  t.match(refusal, {
    code: 'rights-missing',
    message:
      /belong to "tracker_links".*GRANT "tracker_links" TO "App ""links"" \w+";.*Or run `tracker-links migrate` with the address of that role/,
  })
})
