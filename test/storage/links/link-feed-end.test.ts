import { Client } from 'pg'
import t from 'tap'
import { linkFeed } from '../../../src/storage/links/link-feed.ts'
import { runSql, testDatabase } from '../../support/test-database.ts'
import { until } from '../../support/until.ts'

const write = (remoteKey: string) =>
  `INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind)
   VALUES ('crm', 'created', 'A-1', '${remoteKey}', 'operator')`

t.test('what is committed while a reader waits for writers is left for its next question', async t => {
  const { prisma, url } = await testDatabase(t)
  const feed = linkFeed(prisma, 60_000)
  const [first, late] = await Promise.all(
    [1, 2].map(async () => {
      const client = new Client({ connectionString: url })
      client.on('error', () => {})
      await client.connect()
      t.teardown(() => client.end())
      return client
    }),
  )
  const read = async (place?: Parameters<typeof feed.read>[1]) => (await feed.read('crm', place, 10))?.events ?? []

  await first?.query('BEGIN')
  await first?.query(write('1'))
  await runSql(url, write('2'))
  const asked = read()
  // It has looked ahead, and knows whom it waits for: `first`, not `late`.
  await until(async () => (await runSql(url, waitingReaders)).length > 0)
  await late?.query('BEGIN')
  await late?.query(write('3'))
  await runSql(url, write('4'))
  await first?.query('COMMIT')
  const events = await asked
  t.same(
    events.map(event => event.remoteKey),
    ['1', '2'],
    'event 4 is visible, and event 3 may still appear before it',
  )
  await late?.query('COMMIT')
  t.same(
    (await read(events.at(-1))).map(event => event.remoteKey),
    ['3', '4'],
  )
})

const waitingReaders = `
  SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND state = 'idle' AND query LIKE '%open writers%'`
