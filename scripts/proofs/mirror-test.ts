// What the mirror promises, against the sandbox: killed between a request and its record nothing is doubled or lost; a change reaches
// Tracker within a second; an issue that always fails does not delay others; a backlog slows neither claims nor creations. A
// control forgets who had begun, and must double. An idle server asks little. Exit code 1 if a promise is broken. Usage: npm run test:mirror [-- SEED [idle|delays|backlog|kills]]
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { newApiKey } from '../../src/management-api/api-key.ts'
import { createPrismaClient } from '../../src/storage/database/connection/connect.ts'
import { startEmbeddedPostgres } from '../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { migrate } from '../../src/storage/database/migrations/migrate.ts'
import { createApiKey } from '../../src/storage/keys/api-keys.ts'
import { createAtOnce, fillBacklog, measureClaims, measureQuestions } from './mirror/backlog.ts'
import { linkWriter, share, untilFollowed } from './mirror/changes.ts'
import { measureDelays } from './mirror/delays.ts'
import { watchIdle } from './mirror/idle.ts'
import { killBetweenRequestAndRecord } from './mirror/kills.ts'
import { startMirror } from './mirror/servers.ts'
import { startTracker } from './mirror/tracker.ts'

const seed = Number(process.argv[2] ?? 1)
const part = process.argv[3]
const kills = 50
const backlog = 100_000
const log = { info: () => {}, warn: () => {}, error: () => {} }
const folder = await mkdtemp(join(tmpdir(), 'tracker-links-mirror-'))
const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log })
const tracker = await startTracker(160)
const problems: string[] = []
const ms = (value: number) => `${value.toFixed(1)} ms`

/** Tells a figure, and notes it as a problem unless it is as promised. */
function judge(what: string, figure: string, isKept: boolean): void {
  console.log(`${isKept ? 'kept  ' : 'BROKEN'} ${what}: ${figure}`)
  if (!isKept) problems.push(what)
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** A database of its own for each part. */
async function openDatabase(name: string) {
  const admin = createPrismaClient({ databaseUrl: await postgres.url('postgres'), log, size: 1, limitSessions: false })
  await admin.$executeRawUnsafe(`CREATE DATABASE ${name}`)
  await admin.$disconnect()
  const databaseUrl = await postgres.url(name)
  await migrate({ databaseUrl, log })
  const database = createPrismaClient({ databaseUrl, log, size: 4, limitSessions: false, prepareStatements: true })
  return { database, env: { DATABASE_URL: databaseUrl, TRACKER_URL: tracker.url } }
}

async function proveKills(): Promise<void> {
  const { database, env } = await openDatabase('kills')
  const parts = { database, tracker, env: { ...env, RATE: '500' } }
  const done = await killBetweenRequestAndRecord(parts, { kills, seed, forget: false })
  const figures = `${done.kills} kills, ${done.changes} changes, ${done.requests} requests that changed something`
  judge('0 doubled, 0 lost', `${done.doubled} doubled, ${done.lost} lost (${figures})`, done.doubled + done.lost === 0)
  judge(
    'work of a dead process is taken over within 30 s',
    `${done.takenOverAfter.toFixed(1)} s`,
    done.takenOverAfter <= 30,
  )
  const control = await killBetweenRequestAndRecord(parts, { kills: 12, seed: seed + 1, forget: true })
  judge('the control, without the look, doubles', `${control.doubled} doubled`, control.doubled > 0)
  await database.$disconnect()
}

async function proveIdle(): Promise<void> {
  const { database, env } = await openDatabase('idle')
  const watched = { database, logFile: join(folder, 'postgres/log') }
  const without = await watchIdle(watched, env, '--without')
  const mirrored = await watchIdle(watched, env)
  const queries = mirrored.queriesPerSecond - without.queriesPerSecond
  const connections = mirrored.connections - without.connections
  judge('an idle server asks at most one thing more a second', `${queries.toFixed(2)} a second`, queries <= 1)
  judge('and has at most one more of the connections that it may have', `${connections}`, connections <= 1)
  await database.$disconnect()
}

async function proveDelays(): Promise<void> {
  const { database, env } = await openDatabase('delays')
  const { id, key: apiKey, hash } = newApiKey()
  await createApiKey(database, { id, name: 'proof', hash, scopes: ['admin'], applications: [] })
  tracker.watching.done = async () => {}
  const server = await startMirror(env)
  const parts = { database, tracker, server, apiKey }
  await untilFollowed(database)
  await measureDelays(parts, { way: 'silent', count: 3, seed })
  for (const way of ['api', 'command', 'silent'] as const) {
    const delays = await measureDelays(parts, { way, count: 40, seed: seed + 1 })
    const figures = `p50 ${ms(share(delays, 0.5))}, p95 ${ms(share(delays, 0.95))}`
    if (way === 'silent') console.log(`       the same where the hint is lost: ${figures}`)
    else judge(`a change by ${way} reaches Tracker within 1 s (p95) when idle`, figures, share(delays, 0.95) <= 1_000)
  }
  const write = linkWriter(database)
  const [alone, beside]: [number[], number[]] = [[], []]
  for (let round = 0; round < 3; round++) {
    alone.push(...(await measureDelays(parts, { way: 'api', count: 30, seed: seed + 10 + round })))
    for (let link = 0; link < 50; link++) await write('create', 'TEST-1', `failing-${round}-${link}`)
    const failing = 'TEST-1'
    beside.push(...(await measureDelays(parts, { way: 'api', count: 30, seed: seed + 20 + round, failing })))
    tracker.watching.came = () => undefined
    await database.$executeRaw`DELETE FROM link_mirror WHERE issue_key = 'TEST-1'`
  }
  const ratio = mean(beside) / mean(alone)
  const figures = `${ratio.toFixed(2)} times (mean ${ms(mean(alone))} and ${ms(mean(beside))}, p95 ${ms(share(alone, 0.95))} and ${ms(share(beside, 0.95))})`
  judge('an issue that always fails delays others at most 1.2 times', figures, ratio <= 1.2)
  await server.stop()
  await database.$disconnect()
}

async function proveBacklog(): Promise<void> {
  const { database, env } = await openDatabase('backlog')
  await fillBacklog(database, backlog)
  await measureClaims(database, 50)
  const claims = await measureClaims(database, 500)
  const plain = await measureQuestions(database, 500)
  const figures = `p50 ${ms(share(claims, 0.5))}, p99 ${ms(share(claims, 0.99))}; a plain question p50 ${ms(share(plain, 0.5))}, p99 ${ms(share(plain, 0.99))}`
  judge(`with ${backlog} waiting, a claim takes at most 5 ms (p99)`, figures, share(claims, 0.99) <= 5)
  await database.$executeRaw`UPDATE link_mirror SET lease_token = NULL, lease_until = NULL WHERE lease_token IS NOT NULL`
  const pairs: { without: number; beside: number }[] = []
  for (let round = 0; round < 9; round++) pairs.push(await createInTurns(env, round % 2 === 0))
  const ratios = pairs.map(({ without, beside }) => beside / without)
  const rates = pairs.map(({ without }) => without)
  const spread = `${share(ratios, 0).toFixed(2)} to ${share(ratios, 1).toFixed(2)}`
  const told = `${share(ratios, 0.5).toFixed(3)} (${spread}) of ${share(rates, 0.5).toFixed(0)} creations a second`
  judge('creations are at least 0.95 of those without', told, share(ratios, 0.5) >= 0.95)
  await database.$disconnect()
}

/** Links created in a second without a mirror and beside it, one right after the other, so that both meet the same machine. */
async function createInTurns(env: Record<string, string>, isWithoutFirst: boolean) {
  const rates = { without: 0, beside: 0 }
  const turns = ['without', 'beside'] as const
  for (const turn of isWithoutFirst ? turns : turns.toReversed()) {
    const server = await startMirror(env, ...(turn === 'without' ? ['--without'] : []))
    await createAtOnce(server, 32, 2)
    rates[turn] = await createAtOnce(server, 32, 3)
    await server.stop()
  }
  return rates
}

try {
  console.log(`seed ${seed}, ${cpus().length} processors`)
  const parts = { idle: proveIdle, delays: proveDelays, backlog: proveBacklog, kills: proveKills }
  for (const [name, prove] of Object.entries(parts)) if (part === undefined || part === name) await prove()
} finally {
  await tracker.close()
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
}
for (const problem of problems) console.error(`Broken: ${problem}`)
process.exit(problems.length > 0 ? 1 : 0)
