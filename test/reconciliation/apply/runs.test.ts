import t, { type Test } from 'tap'
import { fillDefaults } from '../../../src/config/fill-defaults.ts'
import type { Config } from '../../../src/config/schema.ts'
import { createLogger } from '../../../src/logging/logger.ts'
import { carryOutRun } from '../../../src/reconciliation/apply/carry-out-run.ts'
import { workOnRuns } from '../../../src/reconciliation/apply/work-on-runs.ts'
import { openTrackerClients } from '../../../src/reconciliation/tracker-clients.ts'
import { linkFeed } from '../../../src/storage/links/link-feed.ts'
import { findRun } from '../../../src/storage/reconciliation/list-runs.ts'
import { holdRun } from '../../../src/storage/reconciliation/run-progress.ts'
import { startRun } from '../../../src/storage/reconciliation/start-run.ts'
import { collect } from '../../support/test-app.ts'
import { runSql } from '../../support/test-database.ts'
import { until } from '../../support/until.ts'
import { withTracker } from '../../support/with-tracker.ts'

/** What a server has of a Tracker of 67 issues, sixty of which have a link that is not known here. */
async function withRuns(t: Test) {
  const all = await withTracker(t)
  const { cli, url, world, addInTracker } = all
  const database = cli.prisma
  for (let number = 1; number <= 60; number++)
    addInTracker(world.createIssue({ queue: 'TEST', summary: `${number}` }, world.firstUser()).key, 'a')
  const organization = { kind: 'yandex360', id: '1', token: 'canary-tracker', url } as const
  const entry = {
    id: 'crm',
    name: 'CRM',
    frontUrl: 'https://crm.example.com/{{remoteKey}}',
    defaultIconUrl: 'https://crm.example.com/icon.svg',
    responsible: 'crm@example.com',
    authorization: { kind: 'none' } as const,
  }
  const config: Config = fillDefaults(
    {
      publicUrl: 'https://links.example.com',
      applications: [entry],
      organizations: { main: { ...organization, rate: { search: 1_000, other: 1_000 } } },
    },
    import.meta.dirname,
  )
  const trackers = openTrackerClients(config)
  t.teardown(() => trackers.close())
  const lines: Record<string, unknown>[] = []
  const ground = { database, feed: linkFeed(database), trackers, log: createLogger('info', collect(lines)) }
  const start = () =>
    startRun({ database, applicationId: 'crm', scope: { all: true }, repair: 'here', startedBy: 'test' })
  const ended = (id: string) =>
    until(async () => {
      // The test asks the same database, which may be just away.
      const run = await findRun(database, id).catch(() => undefined)
      return run?.endedAt ? run : undefined
    })
  return { ...all, database, config, ground, lines, start, ended }
}

t.test('a run waits for a Tracker that is away, and goes on without asking twice', async t => {
  const { database, config, ground, start, sandbox, requests, here } = await withRuns(t)
  const [application] = config.applications
  const tracker = application && ground.trackers.trackerOf(application)
  if (!application || !tracker) throw new Error('there is no Tracker')
  // With the usual pauses 70 tries in a row are more than an hour.
  let failures = 70
  const lists = () => requests.filter(request => request.endsWith('/remotelinks')).length
  sandbox.meddle = () => (lists() > 30 && failures-- > 0 ? 503 : undefined)
  const held = await holdRun(database, await start())
  if (!held) throw new Error('somebody else has it')
  const told: (string | undefined)[] = []
  const end = await carryOutRun(
    {
      ...ground,
      tracker,
      application,
      listener: { away: reason => told.push(reason) },
      signal: new AbortController().signal,
      pauses: { first: 1, longest: 5 },
    },
    held,
    { leftFor: 'asked' },
  )
  t.equal(end, 'over')
  t.match(await findRun(database, held.id), { state: 'finished', reason: null, counts: { repaired: 60, issues: 67 } })
  t.equal((await here()).length, 60)
  t.match(told, [/failed|not available/, undefined])
  t.equal(lists() - 70, 67 + 60, 'each issue once to compare, and once to repair')
})

t.test('servers share runs, go on with those of dead processes, and stand a database that is restarted', async t => {
  const { cli, database, config, ground, start, ended, sandbox, requests, here } = await withRuns(t)
  const workers = [workOnRuns(ground, 20), workOnRuns(ground, 20)]
  t.teardown(() => Promise.all(workers.map(worker => worker.stop())))

  // No server knows the application, or it has been removed: the run waits.
  const id = await start()
  for (const worker of workers) worker.use([])
  await t.rejects(start(), { code: 'reconciliation-in-progress' })
  t.match(await findRun(database, id), { state: 'waiting', leaseToken: null })

  // A process that claimed it and died.
  await holdRun(database, id)
  await database.$executeRaw`UPDATE reconciliation_run SET lease_until = now() + interval '10 ms'`
  let cuts = 0
  let isCutting = false
  sandbox.meddle = async () => {
    // One cut at a time: two would cut each other.
    if (requests.length % 40 !== 0 || isCutting || cuts++ >= 4) return undefined
    isCutting = true
    await runSql(
      cli.env.DATABASE_URL as string,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    isCutting = false
    return undefined
  }
  for (const worker of workers) worker.use(config.applications)
  t.match(await ended(id), { state: 'finished', counts: { repaired: 60 } })
  t.ok(cuts > 2)
  // Connections that were cut may still be in the pool.
  t.equal((await until(() => here().catch(() => undefined))).length, 60)
  const lists = requests.filter(request => request.endsWith('/remotelinks')).length
  t.ok(lists <= 67 + 60, `${lists} lists: one of the servers has done it`)
})

t.test('a run whose application is removed from the configuration, or that is cancelled, stops', async t => {
  const { database, config, ground, start, ended, sandbox, requests } = await withRuns(t)
  const answers = Promise.withResolvers<undefined>()
  sandbox.meddle = async ({ url }) => {
    if (url.endsWith('/remotelinks')) await answers.promise
    return undefined
  }
  const worker = workOnRuns(ground, 20)
  t.teardown(() => worker.stop())
  worker.use(config.applications)
  const id = await start()
  worker.wake()
  await until(() => requests.some(request => request.endsWith('/remotelinks')))
  worker.use([])
  answers.resolve(undefined)
  await until(async () => (await findRun(database, id))?.leaseToken === null)
  t.match(await findRun(database, id), { state: 'waiting', endedAt: null })
  await database.reconciliationRun.update({ where: { id }, data: { state: 'cancelled', endedAt: new Date() } })
  worker.use(config.applications)
  const before = requests.length
  const next = await start()
  worker.wake()
  t.match(await ended(next), { state: 'finished' })
  t.ok(requests.length > before)
  t.match(await findRun(database, id), { state: 'cancelled' })
})

t.test('a refused token ends a run whose other requests wait until that issue is stored', async t => {
  const { config, ground, start, ended, sandbox, requests } = await withRuns(t)
  const lists = () => requests.filter(request => request.endsWith('/remotelinks')).length
  // Behind the oldest issue that is not stored 39 more are asked for, and no other.
  sandbox.meddle = async ({ url }) => {
    if (!url.endsWith('/remotelinks') || lists() > 1) return undefined
    await until(() => lists() === 40)
    return 401
  }
  const worker = workOnRuns(ground, 20)
  t.teardown(() => worker.stop())
  worker.use(config.applications)
  const id = await start()
  worker.wake()
  t.match(await ended(id), { state: 'failed', reason: /401/ })
  t.equal(lists(), 40)
})
