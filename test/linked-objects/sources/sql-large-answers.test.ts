import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { pipeline, Transform } from 'node:stream'
import t, { type Test } from 'tap'
import { lookAtQuery } from '../../../src/linked-objects/sources/sql/look-at-query.ts'
import { openSqlUpstream } from '../../../src/linked-objects/sources/sql/sql-upstream.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { sourceOf } from '../../support/source-application.ts'
import { emptyDatabase, runSql } from '../../support/test-database.ts'
import { until } from '../../support/until.ts'

const megabyte = 1024 * 1024

/** A way to a database that counts what passes from it to us, and can be cut. */
async function countingWay(t: Pick<Test, 'teardown'>) {
  const { url } = await emptyDatabase(t)
  const socket = join(new URL(url).searchParams.get('host') ?? '', '.s.PGSQL.5432')
  const passed = { bytes: 0, connections: 0 }
  const open = new Set<Socket>()
  const server = createServer(near => {
    passed.connections++
    open.add(near)
    const far = connect(socket)
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        passed.bytes += chunk.length
        done(null, chunk)
      },
    })
    pipeline(near, far, count, near, () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const way = new URL(url)
  way.searchParams.delete('host')
  way.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const cut = () => {
    for (const near of open) near.destroy()
  }
  return { url: way.href, direct: url, passed, cut }
}

const query = "SELECT repeat('x', {{remoteKey}}::int) AS title"

t.test('of a row beyond 1 MB no more is read, and the next question is answered', async t => {
  const { url, passed } = await countingWay(t)
  const upstream = await openSqlUpstream({ source: 'sql', databaseUrl: url, query, mapping: {} }, 'crm')
  t.teardown(() => upstream.close())
  const ask = (key: string) =>
    upstream.ask(key as RemoteKey, { signal: new AbortController().signal }).catch((error: unknown) => error)

  t.match(await ask(String(megabyte - 4096)), { title: /^x+$/ }, 'a row just below the limit')
  t.same(await ask('3'), { title: 'xxx' }, 'it counts for each question anew')
  const before = passed.bytes
  t.match(await ask(String(60 * megabyte)), {
    name: 'SourceFailure',
    reason: 'answer-invalid',
    message: 'the row is larger than 1 MB: let `query` select only the columns that `mapping` reads',
  })
  t.ok(passed.bytes - before < 30 * megabyte, `${passed.bytes - before} bytes were read`)
  t.same(await ask('3'), { title: 'xxx' })
  t.equal(passed.connections, 2, 'the connection with the rest of the row is gone, and no other')
})

t.test('what PostgreSQL says beside the row counts, too', async t => {
  const { url, direct } = await countingWay(t)
  const body = "BEGIN RAISE EXCEPTION '%', repeat('x', 8000000); END"
  await runSql(direct, `CREATE FUNCTION noisy() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ ${body} $$`)
  const noisy = { source: 'sql', databaseUrl: url, query: 'SELECT noisy() AS title, $1::text', mapping: {} } as const
  const upstream = await openSqlUpstream(noisy, 'crm')
  t.teardown(() => upstream.close())
  const question = { signal: new AbortController().signal }
  t.match(await upstream.ask('3' as RemoteKey, question).catch((error: unknown) => error), { reason: 'answer-invalid' })
  t.match(await lookAtQuery('crm', noisy), { faults: [], warnings: [/larger than 1 MB/] })
})

t.test('one object whose row is too large does not cut off the others', async t => {
  const { url } = await countingWay(t)
  const { find } = sourceOf(t, { source: 'sql', databaseUrl: url, query, mapping: { summary: 'title' } })
  for (let index = 0; index < 5; index++)
    t.match(await find(String(2 * megabyte)).catch((error: unknown) => error), { reason: 'answer-invalid' })
  t.match(await find('3'), { summary: 'xxx' })
})

t.test('a connection that is cut in the middle of a query is a failure, and ends nothing else', async t => {
  const { url, direct, cut } = await countingWay(t)
  const slow = 'SELECT title, pg_sleep(length(title)) FROM (SELECT {{remoteKey}}::text AS title) AS x'
  const upstream = await openSqlUpstream({ source: 'sql', databaseUrl: url, query: slow, mapping: {} }, 'crm')
  t.teardown(() => upstream.close())
  const question = { signal: new AbortController().signal }
  t.match(await upstream.ask('' as RemoteKey, question), { title: '' })
  const asked = upstream.ask('xx' as RemoteKey, question).catch((error: unknown) => error)
  await until(
    async () => (await runSql(direct, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).length > 0,
  )
  cut()
  t.match(await asked, { name: 'SourceFailure', reason: 'away' })
  t.match(await upstream.ask('' as RemoteKey, question), { title: '' })
})
