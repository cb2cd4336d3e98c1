import { Client } from 'pg'
import t, { type Test } from 'tap'
import { moveMostLinks } from '../../../src/storage/objects/rename-object.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { changedClient } from '../../support/changed-client.ts'
import { testApi } from '../../support/test-api.ts'
import { runSql } from '../../support/test-database.ts'
import { until } from '../../support/until.ts'

const old = '/api/applications/crm/objects/old'
/** More than one statement could move within its time limit on a busy machine. */
const many = 21_000
/** More than a few steps. */
const some = 10_000

/** A server with an object `old` that has so many links with their events; every tenth of them the key `new` has, too. */
async function withLinks(t: Test, count: number) {
  const api = await testApi(t)
  await api.call('PUT', old, { body: { summary: 'One with many links' } })
  await runSql(
    api.url,
    `INSERT INTO link (application_id, issue_key, remote_key)
     SELECT 'crm', 'TEST-' || n, 'old' FROM generate_series(1, ${count}) AS n
     UNION ALL SELECT 'crm', 'TEST-' || n * 10, 'new' FROM generate_series(1, ${count / 10}) AS n`,
    `INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind)
     SELECT 'crm', 'created', issue_key, remote_key, 'tracker' FROM link`,
    'ANALYZE link',
  )
  const rename = (headers = {}) => api.call('POST', `${old}/rename`, { body: { to: 'new' }, headers })
  const linked = async (remoteKey: string) => api.prisma.link.count({ where: { remoteKey } })
  return { ...api, rename, linked }
}

/** Links that a copy made of the events would have and the table has not, or the other way round, or events out of order. */
const differences = (url: string) =>
  runSql(
    url,
    `WITH copy AS (
       SELECT issue_key, remote_key, sum(CASE kind WHEN 'created' THEN 1 ELSE -1 END) AS times, count(*) AS events
       FROM link_event GROUP BY issue_key, remote_key)
     SELECT * FROM copy FULL JOIN link USING (issue_key, remote_key)
     WHERE times NOT IN (0, 1) OR events > 2 OR (times = 1) <> (link.application_id IS NOT NULL)`,
  )

t.test('an object with many links is renamed, each link with its two events', async t => {
  const { rename, linked, url, call } = await withLinks(t, many)
  const answer = await rename()
  t.same(answer.json(), { from: 'old', to: 'new', object: true, links: many, merged: many / 10 })
  t.same([await linked('old'), await linked('new')], [0, many])
  t.same(await differences(url), [])
  t.equal((await call('GET', old)).statusCode, 404)
  t.match((await call('GET', '/api/applications/crm/objects/new')).json(), { summary: 'One with many links' })
})

t.test('a rename whose connection breaks midway says so, and the same call goes on', async t => {
  const { rename, linked, url, call } = await withLinks(t, some)
  const headers = { 'idempotency-key': 'a-long-way' }
  // The last step finds a link that somebody holds.
  const holder = new Client({ connectionString: url })
  await holder.connect()
  await holder.query(`BEGIN; SELECT FROM link WHERE remote_key = 'old' ORDER BY issue_key DESC LIMIT 1 FOR UPDATE`)
  let isAnswered = false
  const broken = rename(headers).then(answer => {
    isAnswered = true
    return answer
  })
  await until(async () => {
    // Only the session that waits for the holder: the one of the step.
    await runSql(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    return isAnswered
  })
  await holder.end()
  const { code, status, detail } = (await broken).json()
  t.match({ code, status }, { code: 'rename-unfinished', status: 503 })
  t.match(detail, /^8000 links moved from "old" to "new" in this call/)
  t.equal((await call('GET', old)).statusCode, 200, 'the object is at its old key')
  const { records } = (await call('GET', '/api/audit')).json()
  t.match(
    records.at(-1),
    { operation: 'renameObject', about: { key: 'old', to: 'new' }, status: 503 },
    'what has moved is in the audit',
  )
  t.equal(await linked('old'), 2_000)
  t.same(await differences(url), [], 'what has moved has its events')

  const again = await rename(headers)
  t.match(again.json(), { object: true, links: 2_000 })
  t.same([await linked('old'), await linked('new')], [0, some])
  t.same(await differences(url), [])
  t.equal((await rename(headers)).body, again.body, 'and was done once')
})

t.test('a call that takes too long ends after a step, one that finds its key taken says what has moved', async t => {
  const { prisma, objects, linked, url, rename } = await withLinks(t, 100)
  const renaming = { from: 'old' as RemoteKey, to: 'new' as RemoteKey, actor: { kind: 'application' } as const }
  const steps = { linksOfStep: 30 }
  await t.rejects(moveMostLinks(prisma, 'crm', renaming, { ...steps, longest: 0 }), {
    code: 'rename-unfinished',
    message: /^30 links moved from "old" to "new" in this call/,
  })
  t.equal(await linked('old'), 70)
  let turns = 0
  const inTurn = async <T>(step: () => Promise<T>) => {
    if (++turns === 2) await objects.put('crm', [{ key: 'new', summary: 'Pushed meanwhile' }] as never)
    return step()
  }
  await t.rejects(moveMostLinks(prisma, 'crm', renaming, { ...steps, inTurn }), {
    code: 'object-exists',
    message: /pushed while 30 links moved/,
  })
  await objects.remove('crm', 'new' as never)
  t.match((await rename()).json(), { object: true, links: 40 })
  t.same(await differences(url), [])
})

t.test('a failure before anything moved is told as it is', async t => {
  const { prisma } = await withLinks(t, 10)
  const away = changedClient(prisma, { $transaction: () => Promise.reject(new Error('away')) })
  const renaming = { from: 'old' as RemoteKey, to: 'new' as RemoteKey, actor: { kind: 'application' } as const }
  await t.rejects(moveMostLinks(away, 'crm', renaming), { message: 'away' })
})
