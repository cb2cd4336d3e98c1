import t from 'tap'
import { runSql, testDatabase } from '../support/test-database.ts'

t.test('a test has a database of its own, with the schema and nothing in it', async t => {
  const [one, two] = await Promise.all([testDatabase(t), testDatabase(t)])
  await one.prisma.link.create({ data: { applicationId: 'demo', issueKey: 'TEST-1', remoteKey: 'a' } })
  t.equal(await one.prisma.link.count(), 1)
  t.equal(await two.prisma.link.count(), 0)
  t.strictSame(await runSql(one.url, 'SELECT issue_key FROM link'), [{ issue_key: 'TEST-1' }], 'its URL reaches it')
})

t.test('a database is dropped with the test that made it', async t => {
  let name = ''
  await t.test('makes one', async t => {
    name = (await testDatabase(t)).name
  })
  const { url } = await testDatabase(t)
  t.strictSame(await runSql(url, `SELECT datname FROM pg_database WHERE datname = '${name}'`), [])
})
