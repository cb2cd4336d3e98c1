// A million calls with the request log on, and as many without it, in turns: what it costs, that its table stays within its bound, and
// that no token is in it. Then the same with metrics and without them, and what a scrape takes.
// Usage: npm run test:request-log [CALLS], 1,000,000 by default; at least ten pairs of measurements.
import { openSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPrismaClient } from '../../src/storage/database/connection/connect.ts'
import { startEmbeddedPostgres } from '../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import {
  asUsersStartIt,
  freePort,
  isWell,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../../test/support/start-program.ts'
import { makeCalls } from './request-log/callers.ts'
import { timeScrapes } from './request-log/time-scrapes.ts'

const all = Number(process.argv[2] ?? 1_000_000)
const pairs = 10
const bound = 20_000
const token = 'canary-qP7xV2mZ9kR4tW8yB3nF6hJ1sD5gL0cA'
const wrong = 'canary-Zw3Kd8Rj5Tq1Xv6Nb9Hf2Ym7Ps4Lg0Ue'
const silent = { info: () => {}, warn: () => {}, error: () => {} }
const folder = await mkdtemp(join(tmpdir(), 'tracker-links-request-log-'))
const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log: silent })
const databaseUrl = await postgres.url('postgres')
const prisma = createPrismaClient({ databaseUrl, log: silent, size: 2, limitSessions: false })
let failed = 0

function verdict(holds: boolean, what: string): void {
  if (!holds) failed++
  console.log(`${holds ? 'ok    ' : 'FAILED'}  ${what}`)
}

type Started = Awaited<ReturnType<typeof start>>

const application = { name: 'CRM', frontUrl: 'https://crm.example.com/{{remoteKey}}', responsible: 'crm@example.com' }
/** Nobody listens there, and nothing is sent. */
const tracker = { kind: 'yandex360', id: '1', token: 'canary-tracker', url: 'http://127.0.0.1:9' }
/** Further applications, of which a scrape tells as well; each has a follower. */
const others = Array.from({ length: 29 }, (_, n) => ({
  ...application,
  id: `other-${n}`,
  authorization: { kind: 'none' },
  organization: 'main',
}))

const asUsers = [...asUsersStartIt, 'serve']
const twins = [join(import.meta.dirname, 'request-log/twin-server.ts')]

type Start = { words?: readonly string[]; env?: Record<string, string>; others?: readonly object[] }

async function start(name: string, callRecords: number, { words = asUsers, env, others = [] }: Start = {}) {
  const own = join(folder, name)
  await mkdir(own)
  const [port, adminPort] = await Promise.all([freePort(), freePort()])
  const authorization = { kind: 'token', tokens: [token] }
  const config = {
    publicUrl: 'https://links.example.com',
    applications: [{ ...application, id: 'crm', authorization }, ...others],
    ...(others.length > 0 && { organizations: { main: tracker } }),
    retention: { callRecords },
  }
  await writeFile(join(own, 'tracker-links.yaml'), JSON.stringify(config))
  const log = join(own, 'log')
  const ports = { HOST: '127.0.0.1', PORT: String(port), ADMIN_PORT: String(adminPort), DRAIN_SECONDS: '0' }
  const child = startProgram(process.execPath, words, {
    cwd: own,
    env: { ...process.env, ...ports, ...env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', openSync(log, 'w'), 'inherit'],
  })
  await untilAnswered(child, () => isWell(`http://127.0.0.1:${port}/health`), { what: name, output: () => '' })
  return { child, port, adminPort, log }
}

/** Seconds of processor time that a process has taken. */
function processorTime({ child }: Started): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const host = 'Host: links.example.com\r\nUser-Agent: Tracker\r\nAccept: */*\r\n'
const get = (path: string, more = `Authorization: OAuth ${token}\r\n`) => `GET ${path} HTTP/1.1\r\n${host}${more}\r\n`
const post = (body: string) =>
  `POST /crm/links HTTP/1.1\r\n${host}Authorization: OAuth ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

let links = 0
/** Of a new link. */
const creation = () => post(`{"issueKey":"TEST-${++links}","entityIds":["D-1"]}`)

const cards = Array.from({ length: 100 }, (_, n) => get(`/crm/objects/D-${n}`))
const impossible = get('/crm/objects/%00')
const wrongToken = get('/crm/objects/D-1', `Authorization: Bearer ${wrong}\r\nX-Other: ${wrong}\r\n`)
const wrongAddress = get(`/crm/object/${wrong}?token=${wrong}`)

/** Creations, each of which has a record of its own at any rate; keys that cannot be; and a few who may not call, or err. */
function noCard(n: number): string {
  if (n % 80 === 1) return wrongToken
  if (n % 80 === 3) return wrongAddress
  return n % 8 === 0 ? creation() : impossible
}

/** Of 2,000 calls 80 are no cards from memory, ten of them creations. */
const request = (n: number) => (n % 25 === 0 ? noCard(n / 25) : (cards[n % 100] as string))

const median = (values: readonly number[]) => values.toSorted((one, other) => one - other)[values.length >> 1] as number

async function measure(server: Started, calls: number) {
  const before = processorTime(server)
  const seconds = await makeCalls({ port: server.port, connections: 16, calls, request })
  // What is written past the answers belongs to them.
  await sleep(1_500)
  return { rate: calls / seconds, each: ((processorTime(server) - before) / calls) * 1e6 }
}

async function proveCost(what: string, least: number, on: Started, off: Started): Promise<void> {
  for (const server of [on, off]) await measure(server, 20_000)
  const ratios: { rate: number; cpu: number }[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const order = pair % 2 === 0 ? [on, off] : [off, on]
    const [first, second] = [
      await measure(order[0] as Started, all / pairs),
      await measure(order[1] as Started, all / pairs),
    ]
    const [withIt, without] = pair % 2 === 0 ? [first, second] : [second, first]
    ratios.push({ rate: withIt.rate / without.rate, cpu: without.each / withIt.each })
    console.log(
      `${withIt.rate.toFixed(0)}/s and ${withIt.each.toFixed(1)} µs with ${what}, ${without.rate.toFixed(0)}/s and ${without.each.toFixed(1)} µs without`,
    )
  }
  const rate = median(ratios.map(one => one.rate))
  const cpu = median(ratios.map(one => one.cpu))
  verdict(rate >= least, `${what}: calls per second: ${rate.toFixed(3)} of without (median of ${pairs} pairs)`)
  verdict(cpu >= least, `${what}: processor time per call: ${cpu.toFixed(3)} (without / with)`)
}

async function proveScrape({ adminPort }: Started): Promise<void> {
  const times = await timeScrapes(adminPort, 300)
  const at = (share: number) => times[Math.floor(times.length * share)] as number
  const [half, most, longest] = [at(0.5), at(0.99), times.at(-1) as number]
  const told = `median ${half.toFixed(2)} ms, p99 ${most.toFixed(2)} ms, longest ${longest.toFixed(2)} ms`
  verdict(half <= 10 && most <= 10, `a scrape of 30 applications: ${told}`)
}

/** What a part of the server costs, beside a twin that lacks it; `before` is done first. Returns the log of both. */
async function proveTwin(
  without: 'metrics' | 'calls',
  { least, callRecords, before }: { least: number; callRecords: number; before?: (whole: Started) => Promise<void> },
): Promise<string> {
  const port = await freePort()
  const env = { TWIN_PORT: String(port), TWIN_WITHOUT: without }
  const whole = await start(without, callRecords, { words: twins, env })
  await before?.(whole)
  await proveCost(without === 'calls' ? 'the request log' : without, least, whole, { ...whole, port })
  await stopProgram(whole.child)
  return whole.log
}

/** The table turns over twice, so that it is at its bound while it is measured what that costs. */
async function proveCalls(): Promise<string> {
  let fresh = 0
  const turnOver = async ({ port }: Started) => {
    await makeCalls({ port, connections: 1, calls: 2 * bound, request: creation })
    await sleep(1_500)
    fresh = await freshBytes()
  }
  const log = await proveTwin('calls', { least: 0.95, callRecords: bound, before: turnOver })
  await proveSize(fresh)
  return log
}

async function proveMetrics(): Promise<void> {
  await proveTwin('metrics', { least: 0.98, callRecords: 0 })
  const scraped = await start('scraped', 0, { others })
  await proveScrape(scraped)
  await stopProgram(scraped.child)
}

/** Bytes of a table of so many records as the bound allows that was never changed, by those that are there. */
async function freshBytes(): Promise<number> {
  await prisma.$executeRaw`CREATE TABLE fresh (LIKE call_record INCLUDING ALL)`
  const rows = await prisma.$executeRaw`INSERT INTO fresh SELECT * FROM call_record ORDER BY at, request_id`
  const [{ bytes }] = await prisma.$queryRaw<[{ bytes: number }]>`
    SELECT pg_total_relation_size('fresh')::float8 AS bytes`
  return (bytes * bound) / rows
}

async function proveSize(fresh: number): Promise<void> {
  const rows = await prisma.callRecord.count({ where: { applicationId: 'crm' } })
  verdict(rows >= bound * 0.95 && rows <= bound * 1.05, `${rows} records of ${bound}`)
  const [{ used }] = await prisma.$queryRaw<[{ used: number }]>`
    SELECT pg_total_relation_size('call_record')::float8 AS used`
  const share = used / fresh
  verdict(
    share <= 1.05,
    `${(used / 1e6).toFixed(2)} MB on disk, ${share.toFixed(3)} of a table of ${bound} that was never changed`,
  )
}

async function proveSecrecy(logs: readonly string[]): Promise<void> {
  const [{ kept }] = await prisma.$queryRaw<[{ kept: number }]>`
    SELECT count(*)::integer AS kept FROM call_record WHERE call_record::text LIKE '%canary%'`
  const inLogs = logs.filter(log => readFileSync(log, 'latin1').includes('canary'))
  verdict(kept === 0 && inLogs.length === 0, `tokens: ${kept} in the database, ${inLogs.length} in the logs`)
  const refused = await prisma.callRecord.findFirst({ where: { code: 'token-unknown' } })
  verdict(
    refused?.tokenIn.join() === 'authorization,x-other',
    'a call with a wrong token says in which headers it stood',
  )
  const unknown = await prisma.callRecord.findFirst({ where: { applicationId: '' } })
  verdict(unknown?.nearest === '/crm/objects/{{remoteKey}}', `${unknown?.path} was meant to be ${unknown?.nearest}`)
}

try {
  const objects = Array.from({ length: 100 }, (_, n) => ({
    applicationId: 'crm',
    key: `D-${n}`,
    summary: 'Spare parts',
  }))
  // The first start makes the tables.
  await stopProgram((await start('first', 0)).child)
  await prisma.linkedObject.createMany({ data: objects })
  await proveSecrecy([await proveCalls()])
  await proveMetrics()
} finally {
  await prisma.$disconnect()
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
}
console.log(
  failed === 0 ? 'The request log and the metrics keep what they promise.' : `${failed} promises are not kept.`,
)
process.exitCode = failed === 0 ? 0 : 1
