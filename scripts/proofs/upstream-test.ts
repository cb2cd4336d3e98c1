// The server in front of an HTTP API that becomes slow, broken, hostile and unreachable, under a steady load of all three calls:
// every answer must come within the budget, the API must be left alone, memory must stay bounded.
// Usage: npm run test:upstream [SECONDS] of each phase, 14 by default, which takes about three minutes.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../test/support/start-program.ts'
import { startConfigured } from './configured-server.ts'
import { type Call, knownObjects, load, nothingSeen, type Seen } from './upstream/load.ts'
import { playUpstream } from './upstream/played-upstream.ts'
import type { Mood } from './upstream/program.ts'

const seconds = Number(process.argv[2] ?? 14)
const budget = 800
/** Milliseconds beyond the budget for the round trip on a machine that runs all parties. */
const way = 200
const mostMemory = 300
const moods: Mood[] = [
  'slow',
  'status 500',
  'invalid JSON',
  'body of 200 MB',
  'redirect to 169.254.169.254',
  'gzip bomb',
  'away',
]
const calls: Call[] = ['entity info', 'create link', 'remove link']

const folder = await mkdtemp(join(tmpdir(), 'tracker-links-upstream-'))
const port = await freePort()
const upstream = await playUpstream(port)
const server = await startConfigured(
  folder,
  {
    publicUrl: 'https://links.example.com',
    applications: [
      {
        id: 'crm',
        name: 'Example CRM',
        frontUrl: 'https://crm.example.com/{{remoteKey}}',
        responsible: 'crm@example.com',
        authorization: { kind: 'none' },
        unknownObjects: 'reject',
        objects: {
          source: 'http',
          url: `http://127.0.0.1:${port}/objects/{{remoteKey}}`,
          privateHosts: ['127.0.0.1'],
          mapping: { summary: 'title', status: 'state', updated: 'changed', assignee: 'owner' },
          states: { open: { name: 'Open', icon: 'open' } },
          people: { asIs: true },
        },
        // So short that nearly every call asks the source.
        cards: { budgetMilliseconds: budget, maxAgeSeconds: 1, staleWhileRevalidateSeconds: 1, unknownSeconds: 1 },
      },
    ],
  },
  { DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'info' },
)
for (let index = 0; index < knownObjects; index++) {
  const answer = await fetch(`${server.address}/crm/objects/deal-${index}`)
  if (index === 0) console.log(`A card from the mapping: ${answer.status} ${await answer.text()}\n`)
  else await answer.arrayBuffer()
}

let seen = nothingSeen()
let stopped = false
let faults = 0
let highest = 0
const memory = setInterval(() => {
  highest = Math.max(highest, server.memory())
}, 100)
const working = load(
  server.address,
  () => seen,
  () => stopped,
)
console.log(
  row([
    'phase',
    'answers',
    ...calls.map(call => `slowest ${call}`),
    'statuses',
    'marked',
    'asked',
    'open: asked/5 s',
    'MB',
  ]),
)
await phase('well', 5)
for (const mood of moods) {
  await phase(mood, seconds)
  await phase('well', 8)
}
stopped = true
await working
clearInterval(memory)
await server.stop()
await upstream.close()
await rm(folder, { recursive: true, force: true })
const told = server.log
  .filter(({ level }) => level === 'warn')
  .map(({ msg, reason, err }) => [msg, reason, (err as Error | undefined)?.message].filter(Boolean).join(' · '))
console.log(`\nWhat the server's log says:\n${[...new Set(told)].join('\n')}`)
console.log(faults === 0 ? '\nAs promised.' : `\n${faults} promises were not kept.`)
process.exitCode = faults === 0 ? 0 : 1

async function phase(mood: Mood, length: number): Promise<void> {
  await upstream.be(mood)
  seen = nothingSeen()
  highest = 0
  const begin = Date.now()
  await sleep(length * 1_000)
  const asked = upstream.asked.filter(moment => moment >= begin)
  const probes = probesWhileOpen(asked)
  const broken = [
    calls.some(call => seen[call].slowest > budget + way) && 'an answer came late',
    [...seen.statuses.keys()].some(status => !['200', '201', '204', '503'].includes(status)) && 'a strange status',
    seen.empty > 0 && 'a card that was there is not answered',
    (probes ?? 0) > 1 && 'asked although the breaker was open',
    mood !== 'well' && probes === undefined && 'the breaker did not open',
    mood !== 'well' && seen.marked === 0 && 'no card is marked',
    highest > mostMemory * 1024 * 1024 && 'too much memory',
  ].filter(fault => fault !== false)
  faults += broken.length
  console.log(
    row([
      mood,
      String(calls.reduce((sum, call) => sum + seen[call].answers, 0)),
      ...calls.map(call => `${Math.round(seen[call].slowest)} ms`),
      statusesOf(seen),
      String(seen.marked),
      String(seen.empty),
      String(asked.length),
      String(probes ?? '-'),
      String(Math.round(highest / 1024 / 1024)),
      broken.join(', '),
    ]).trimEnd(),
  )
}

/**
 * The most requests within 5 s while the breaker was open, according to the server's log; undefined if it never was.
 */
function probesWhileOpen(asked: readonly number[]): number | undefined {
  const closings = momentOf('answers again')
  const stretches = momentOf('left alone').map(opening => ({
    // The log is exact to some milliseconds, and requests sent just before may still be in flight.
    from: opening + 100,
    to: closings.find(closing => closing > opening) ?? Number.POSITIVE_INFINITY,
  }))
  const last = stretches.at(-1)
  // The last probe is the one that closed it.
  if (last === undefined || last.to < Date.now() - seconds * 1_000) return undefined
  return mostWithin(
    asked.filter(moment => moment > last.from && moment < last.to),
    5_000,
  )
}

/** The moment of a log record, in milliseconds since 1970. */
function momentOf(said: string): number[] {
  return server.log.filter(({ msg }) => msg.includes(said)).map(({ time }) => Date.parse(time))
}

/** The most moments that lie within any `milliseconds`. */
function mostWithin(moments: readonly number[], milliseconds: number): number {
  return moments.reduce(
    (most, start) => Math.max(most, moments.filter(moment => moment >= start && moment < start + milliseconds).length),
    0,
  )
}

function statusesOf({ statuses }: Seen): string {
  return (
    [...statuses]
      // Numbers as text, of three digits each.
      .toSorted(([one], [other]) => one.localeCompare(other))
      .map(([status, count]) => `${status}: ${count}`)
      .join(', ')
  )
}

function row(cells: readonly string[]): string {
  const widths = [28, 8, 20, 20, 20, 44, 7, 6, 6, 16, 4]
  return cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' ')
}
