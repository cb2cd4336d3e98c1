import { Client } from 'pg'
import t from 'tap'
import { fillDefaults } from '../../src/config/fill-defaults.ts'
import type { Config } from '../../src/config/schema.ts'
import { SourceFailure } from '../../src/linked-objects/object-source.ts'
import { openObjectSources } from '../../src/linked-objects/sources/open-object-sources.ts'
import { metrics } from '../../src/metrics/catalogue.ts'
import { openStorage, type Storage } from '../../src/storage/open-storage.ts'
import type { PrismaClient } from '../../src/storage/prisma-client/client.ts'
import { storeMirrorRows } from '../support/mirror-rows.ts'
import { scrape } from '../support/scrape.ts'
import { openedStorage, testApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

/** A configuration of so many applications, each with an organization. */
function configOf(count: number, from = 0): Config {
  const applications = Array.from({ length: count }, (_, n) => ({
    id: `app-${from + n}`,
    name: 'One',
    frontUrl: 'https://crm.example.com/{{remoteKey}}',
    defaultIconUrl: 'https://crm.example.com/icon.svg',
    responsible: 'crm@example.com',
    authorization: { kind: 'none' as const },
    organization: 'main',
  }))
  const organization = { kind: 'yandex360', id: '1', token: 'canary-tracker', url: 'http://127.0.0.1:9' } as const
  return fillDefaults(
    { publicUrl: 'https://links.example.com', applications, organizations: { main: organization } },
    import.meta.dirname,
  )
}

/** A source that answers every key but those that begin with `x`; it is left alone. */
const find = async (key: string) => {
  if (key.startsWith('x')) throw new SourceFailure('away', 'no answer')
  return { key, summary: 'One' } as never
}

/** Every application has a played source, so that it has all the series that one can have. */
const played =
  (breaker: 'closed' | 'open' = 'closed'): typeof openObjectSources =>
  async (config, log) => ({
    ...(await openObjectSources({ ...config, applications: [] }, log)),
    sources: new Map(
      config.applications.map(({ id }) => [id, { find, breaker: () => ({ state: breaker }), close: async () => {} }]),
    ),
  })

const openOver =
  (prisma: PrismaClient, more: Partial<Storage> = {}) =>
  async () => ({
    ...openedStorage(prisma, () => true),
    ...more,
  })

const key = () => Math.random().toString(36)
const changes = (id: string | undefined) => [
  { url: `/${id}/links`, method: 'POST' as const, payload: { issueKey: key(), entityIds: [key()] } },
  { url: `/${id}/links?issueKey=TEST-1&remoteKey=${key()}`, method: 'DELETE' as const },
]

t.test('whatever keys come, there are at most 200 series and 20 for each application', async t => {
  const { openReplica, prisma } = await testApp(t)
  for (const { count, keys } of [
    { count: 3, keys: 100 },
    { count: 30, keys: 5_000 },
  ]) {
    const config = configOf(count)
    const server = await openReplica({ config, sources: played(), openStorage: openOver(prisma) })
    const ids = config.applications.map(({ id }) => id)
    await prisma.follower.createMany({
      data: ids.map(applicationId => ({ applicationId, name: 'mirror', eventId: 0n, occurredAt: new Date() })),
      skipDuplicates: true,
    })
    for (let call = 0; call < keys; call += 10) {
      const of = ids[(call / 10) % count]
      const known = Array.from({ length: 8 }, (_, n) => ({ url: `/${of}/objects/${n % 2 ? 'x' : ''}${key()}` }))
      const unknown = [{ url: `/${key()}/objects/1` }, { url: `/${of}/${key()}`, method: 'PATCH' as const }]
      const all = [...known, ...unknown, ...(call % 100 === 0 ? changes(of) : [])]
      await Promise.all(all.map(one => server.publicApp.inject({ ...one, remoteAddress: `10.0.0.${call % 250}` })))
    }
    const { series } = await scrape(server.adminApp)
    const own = (id: string) => [...series.keys()].filter(name => name.includes(`application="${id}"`)).length
    t.ok(series.size <= 200 + 20 * count, `${series.size} series of ${count} applications`)
    t.same([...new Set(ids.map(own))], [20], 'the number that the documentation tells')
    t.ok(series.size - 20 * count <= 180, 'the other ones leave room')
    const names = [...series.keys()].map(name => name.replace(/\{.*/, '').replace(/_(bucket|sum|count)$/, ''))
    t.same(
      metrics.map(({ name }) => name).filter(name => !names.includes(name)),
      [],
      'every metric stands in a scrape',
    )
    await server.close()
  }
})

t.test('sources: answers, failures, and whether they are left alone', async t => {
  const { openReplica, prisma } = await testApp(t)
  const server = await openReplica({ config: configOf(1), sources: played('open'), openStorage: openOver(prisma) })
  for (const key of ['D-1', 'D-2', 'x']) await server.publicApp.inject({ url: `/app-0/objects/${key}` })
  const { series } = await scrape(server.adminApp)
  t.equal(series.get('tracker_links_source_answers_total{application="app-0",result="answered"}'), 2)
  t.equal(series.get('tracker_links_source_answers_total{application="app-0",result="failed"}'), 1)
  t.equal(series.get('tracker_links_source_breaker_state{application="app-0"}'), 2)
  t.equal(
    series.get('tracker_links_calls_total{application="app-0",call="entityInfo",status="2xx",source="source"}'),
    2,
  )
})

/** The rows that a mirror of `app-0` would have, and a follower that has read one event of three. */
async function storeStanding(prisma: PrismaClient): Promise<void> {
  await storeMirrorRows(prisma, 'app-0')
  const event = { applicationId: 'app-0', kind: 'created', issueKey: 'TEST-1', remoteKey: 'D-1', actorKind: 'tracker' }
  const occurredAt = new Date(Date.now() - 3_600_000)
  await prisma.linkEvent.createMany({ data: [event, event, event].map(one => ({ ...one, occurredAt }) as never) })
  const first = await prisma.linkEvent.findFirstOrThrow({ orderBy: { id: 'asc' } })
  const place = { eventId: first.id, occurredAt: first.occurredAt }
  await prisma.follower.create({ data: { applicationId: 'app-0', name: 'mirror', ...place } })
}

const refuse = async () => {
  throw new Error('played')
}

/** A database that refuses all but the question of a scrape, so that no mirror works on what it is asked for; it may hang. */
function onlyScraped(prisma: PrismaClient) {
  const seen = { asked: 0, hangs: false, fails: true, clock: 0 }
  const refusing = new Proxy(refuse, { get: () => refuse })
  const never = new Promise<never>(() => {})
  const ask = (parts: TemplateStringsArray, ...values: unknown[]) => {
    if (!parts.join('').includes('"lagEvents"')) return refuse()
    seen.asked++
    if (seen.fails) return refuse()
    return seen.hangs ? never : prisma.$queryRaw(parts, ...values)
  }
  const management = new Proxy(prisma, { get: (_prisma, name) => (name === '$queryRaw' ? ask : refusing) })
  return { seen, management }
}

t.test('the mirror and its follower stand as the database says, also last known when it is away', async t => {
  const { openReplica, prisma } = await testApp(t)
  const { seen, management } = onlyScraped(prisma)
  const clock = { now: () => seen.clock }
  await storeStanding(prisma)
  const server = await openReplica({ config: configOf(1), openStorage: openOver(prisma, { management }), clock })
  const failed = (await scrape(server.adminApp)).series
  t.equal(failed.get('tracker_links_scrape_database_up'), 0)
  t.notMatch([...failed.keys()].join(), /mirror_waiting|scrape_database_age/, 'nothing is known yet')
  Object.assign(seen, { fails: false, asked: 0, clock: 5_000 })
  const first = (await scrape(server.adminApp)).series
  const of = (series: typeof first, name: string, more = '') =>
    series.get(`tracker_links_${name}{application="app-0"${more}}`)
  t.equal(of(first, 'mirror_waiting_links'), 3)
  t.equal(of(first, 'mirror_stops'), 1)
  t.ok((of(first, 'mirror_oldest_waiting_seconds') ?? 0) > 86_400, 'since the oldest change')
  t.equal(of(first, 'feed_lag_events', ',follower="mirror"'), 2)
  t.ok((of(first, 'feed_lag_seconds', ',follower="mirror"') ?? 0) >= 3_599)
  t.equal(first.get('tracker_links_scrape_database_up'), 1)
  await Promise.all(Array.from({ length: 10 }, () => scrape(server.adminApp)))
  t.equal(seen.asked, 1, 'at most one question in 5 s')

  Object.assign(seen, { hangs: true, clock: 11_000 })
  const away = (await scrape(server.adminApp)).series
  t.equal(away.get('tracker_links_scrape_database_up'), 0)
  t.equal(of(away, 'mirror_waiting_links'), 3, 'last known')
  t.equal(away.get('tracker_links_scrape_database_age_seconds'), 6)
  seen.clock = 17_000
  await scrape(server.adminApp)
  t.equal(seen.asked, 2, 'one in flight at a time')
})

t.test('the pools: connections in use, idle, and statements that wait for one', async t => {
  const { openReplica, prisma, url } = await testApp(t)
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const storage = await openStorage({ databaseUrl: url, dataDirectory: '', log })
  t.teardown(() => storage.close())
  const { adminApp } = await openReplica({
    config: configOf(1),
    openStorage: openOver(prisma, { pools: () => storage.pools() }),
  })
  const pool = async (name: string, of: string) =>
    (await scrape(adminApp)).series.get(`tracker_links_database_${name}{pool="${of}"}`)
  t.equal(await pool('connections_max', 'calls'), 6)
  t.equal(await pool('waiting', 'calls'), 0)
  const holder = new Client({ connectionString: url })
  await holder.connect()
  await holder.query('BEGIN; LOCK TABLE link IN ACCESS EXCLUSIVE MODE')
  const reads = Promise.all(Array.from({ length: 8 }, () => storage.prisma.link.count()))
  await until(async () => (await pool('waiting', 'calls')) === 2)
  const { series } = await scrape(adminApp)
  t.equal(series.get('tracker_links_database_connections{pool="calls",state="in_use"}'), 6)
  t.equal(series.get('tracker_links_database_waiting{pool="management"}'), 0)
  await holder.end()
  await reads
  t.equal(await pool('waiting', 'calls'), 0)
})

t.test('after a reload counters go on, for the applications that are served', async t => {
  const { openReplica, prisma } = await testApp(t)
  const next = { config: configOf(2) }
  const server = await openReplica({
    config: configOf(1),
    readAgain: () => ({ config: next.config, needRestart: [] }),
    openStorage: openOver(prisma),
  })
  const unknownObject = 'tracker_links_calls_total{application="app-0",call="entityInfo",status="4xx",source=""}'
  const call = () => server.publicApp.inject({ url: '/app-0/objects/D-1' })
  const url = await server.publicApp.listen({ host: '127.0.0.1', port: 0 })
  const callOver = () => fetch(`${url}/app-0/objects/D-1`)
  await server.adminApp.listen({ host: '127.0.0.1', port: 0 })
  await call()
  await server.reload()
  t.equal((await callOver()).status, 404)
  t.equal((await fetchMetrics(server.adminApp)).get(unknownObject), 2)
  next.config = configOf(1, 1)
  await server.reload()
  const left = await fetchMetrics(server.adminApp)
  t.notOk(left.has(unknownObject), 'an application that is gone has no series')
  next.config = configOf(1)
  await server.reload()
  t.equal((await fetchMetrics(server.adminApp)).get(unknownObject), 2, 'it comes back with what it had')
})

/** Over the listener, where the app of the latest reload answers. */
async function fetchMetrics({ server }: Parameters<typeof scrape>[0]) {
  const { port } = server.address() as { port: number }
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return new Map(
    text
      .split('\n')
      .filter(line => !line.startsWith('#'))
      .map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

t.test('like the health it needs no key; a name that is not ours gets nothing', async t => {
  const { adminApp, openReplica } = await testApp(t)
  const answer = await adminApp.inject({ url: '/metrics', headers: { host: 'evil.example.com' } })
  t.equal(answer.statusCode, 421)
  const plain = await adminApp.inject({ url: '/metrics', headers: { accept: 'text/plain' } })
  t.match(plain.headers['content-type'], /^text\/plain; version=0\.0\.4/)
  t.match(plain.body, '# TYPE tracker_links_calls_total counter\n')
  const without = await openReplica({ metrics: false })
  t.equal((await without.adminApp.inject({ url: '/metrics' })).statusCode, 404)
})
