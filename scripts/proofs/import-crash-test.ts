// Imports 10,000 links into the sandbox while both programs are killed with -9, three times each, and the sandbox refuses what
// exceeds its own limit (429); then checks that each link exists exactly once and that the rate budget was kept. With
// Tracker's usual rate of 8 requests per second that would take half an hour, so both rates are set fifty times as high.
// Usage: npm run test:import [ROWS]
import { randomInt } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../test/support/start-program.ts'
import { createMeter } from './import-crash/meter.ts'
import { kill, startImport, startSandbox } from './import-crash/programs.ts'

const rows = Number(process.argv[2] ?? 10_000)
const kills = 3
const budget = 400
/** Lower than the budget, so there are 429s. It is on for half of the time, or the budget would never be reached. */
const rateLimit = { search: 100, other: 120, retryAfter: 1 }
const issues = 500
const createdAt = '2020-08-29T12:34:41.740+0000'
const relationships = [
  'relates',
  'is dependent by',
  'depends on',
  'is subtask for',
  'is parent task for',
  'duplicates',
  'is duplicated by',
  'clone',
  'original',
]

const folder = await mkdtemp(join(tmpdir(), 'tracker-links-import-'))
const port = await freePort()
const address = `http://127.0.0.1:${port}`
await writeFile(
  join(folder, 'tracker-links.yaml'),
  `publicUrl: https://links.example.com
applications:
  - id: crm
    name: Example CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    defaultIconUrl: https://crm.example.com/icon.svg
    responsible: crm@example.com
    authorization: { kind: none }
organizations:
  main: { kind: yandex360, id: "1", token: canary-import, url: "${address}", rate: { search: 4, other: ${budget} } }
`,
)
let sandbox = await startSandbox(folder, port)
const keys = await makeIssues()
const wanted = Array.from({ length: rows }, (_, index) => linkOf(index))
const csv = wanted.map(({ issue, relationship, linked }) => `${issue},${relationship},${linked},${createdAt},user1\n`)
await writeFile(join(folder, 'links.csv'), `issue,relationship,linkedIssue,createdAt,createdBy\n${csv.join('')}`)
await call('PUT', '/sandbox/settings', { repeatedLink: 'duplicate' })

const began = performance.now()
const meter = createMeter(() => call('GET', '/sandbox/requests'))
const over = new AbortController()
let imports = 0
const trouble = makeTrouble()
let current = startImport(folder, 'links.csv')
let report: { done: number; there: number; refused: unknown[]; rows: number } | undefined
while (!report) {
  imports++
  const { code, out } = await current.ended
  if (code === 0) report = JSON.parse(out)
  else current = startImport(folder, 'links.csv')
}
over.abort()
const killed = await trouble
const seconds = (performance.now() - began) / 1_000
await meter.measure()

type Stored = { type: string; outwardOf: string; inwardOf: string; createdAt: string; createdBy: string }
const world = (await call('GET', '/sandbox/world')) as { issues: { id: string; key: string }[]; issueLinks: Stored[] }
await kill(sandbox)
await rm(folder, { recursive: true, force: true })

const keyOf = new Map(world.issues.map(({ id, key }) => [id, key]))
const pairOf = (one: string, other: string) => [one, other].sort().join(' ')
const times = new Map<string, number>()
for (const { outwardOf, inwardOf } of world.issueLinks) {
  const pair = pairOf(keyOf.get(outwardOf) ?? '', keyOf.get(inwardOf) ?? '')
  times.set(pair, (times.get(pair) ?? 0) + 1)
}
const missing = wanted.filter(({ issue, linked }) => !times.has(pairOf(issue, linked))).length
const doubled = [...times.values()].filter(count => count > 1).length
const changed = world.issueLinks.filter(
  link => link.createdAt !== createdAt || link.createdBy !== '1111111111111111',
).length

console.log(`links: ${rows}, between ${issues} issues; in Tracker: ${world.issueLinks.length}`)
console.log(`missing: ${missing}; made twice: ${doubled}; with another time or user: ${changed}`)
console.log(`report: ${report.done} imported, ${report.there} already there, ${report.refused.length} refused`)
console.log(
  `kills: ${killed.sandbox} of the sandbox, ${killed.import} of the import, which was started ${imports} times`,
)
console.log(
  `requests that the sandbox counted before its kills: ${meter.total.requests}, of them answered 429: ${meter.total.refused}`,
)
console.log(`most requests within any second: ${meter.total.most}, of a budget of ${budget}`)
console.log(`time: ${seconds.toFixed(1)} s`)

const isWrong = missing + doubled + changed > 0 || world.issueLinks.length !== rows || report.done !== rows
// After a late timer the budget lets requests go a little early, and one more may fall into the same second.
const tolerance = 1.02
process.exitCode = isWrong || meter.total.most > budget * tolerance || meter.total.refused === 0 ? 1 : 0

/** Kills one of the two, then the other, at any moment, and starts the sandbox again. */
async function makeTrouble() {
  const done = { sandbox: 0, import: 0 }
  while (done.sandbox + done.import < 2 * kills) {
    await call('PUT', '/sandbox/settings', { rateLimit: (done.sandbox + done.import) % 2 === 0 ? rateLimit : null })
    const until = performance.now() + randomInt(2_000, 6_000)
    while (performance.now() < until && !over.signal.aborted) {
      await meter.measure()
      await sleep(100)
    }
    if (over.signal.aborted) break
    if (done.sandbox <= done.import) {
      await meter.forget()
      await kill(sandbox)
      done.sandbox++
      await sleep(randomInt(0, 1_500))
      sandbox = await startSandbox(folder, port)
    } else {
      await kill(current.child)
      done.import++
    }
  }
  await call('PUT', '/sandbox/settings', { rateLimit: null })
  return done
}

/** Different issues for every row, in any of the relationships that take any issue. */
function linkOf(index: number) {
  const own = index % issues
  const distance = 1 + Math.floor(index / issues)
  return {
    issue: keys[own] as string,
    linked: keys[(own + distance) % issues] as string,
    relationship: relationships[index % relationships.length] as string,
  }
}

async function makeIssues(): Promise<string[]> {
  const made: string[] = []
  const times = { createdAt: '2018-01-01T00:00:00.000+0000', updatedAt: '2025-01-01T00:00:00.000+0000' }
  for (let number = 0; number < issues; number++) {
    const fields = { queue: 'TEST', summary: `Issue ${number}`, createdBy: 'user1', updatedBy: 'user1', ...times }
    made.push(((await call('POST', '/v3/issues/_import', fields)) as { key: string }).key)
  }
  // Issues are made as fast as the sandbox takes them: no second that is measured may contain one of those requests.
  await sleep(1_000)
  await call('DELETE', '/sandbox/requests')
  return made
}

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(address + path, {
    method,
    headers: { authorization: 'OAuth canary-import', 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return answer.status === 204 ? undefined : await answer.json()
}
