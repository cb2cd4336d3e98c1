// Two servers on one database: what is pushed through one must be on the other's card within a second, each time, even if the
// database is restarted in the middle. Usage: npm run test:replicas [PUSHES], 1,000 by default.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newApiKey } from '../../src/management-api/api-key.ts'
import { createPrismaClient } from '../../src/storage/database/connection/connect.ts'
import { startEmbeddedPostgres } from '../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { createApiKey } from '../../src/storage/keys/api-keys.ts'
import { startConfigured } from './configured-server.ts'

const pushes = Number(process.argv[2] ?? 1_000)
const objects = 100
const longest = 1_000

const silent = { info: () => {}, warn: () => {}, error: () => {} }
const folder = await mkdtemp(join(tmpdir(), 'tracker-links-replicas-'))
const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log: silent })
const databaseUrl = await postgres.url('postgres')
const config = {
  publicUrl: 'https://links.example.com',
  applications: [
    {
      id: 'crm',
      name: 'Example CRM',
      frontUrl: 'https://crm.example.com/{{remoteKey}}',
      responsible: 'crm@example.com',
      authorization: { kind: 'none' },
    },
  ],
}
const one = await startConfigured(folder, config, { DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn' })
const other = await startConfigured(folder, config, { DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn' })
const prisma = createPrismaClient({ databaseUrl, log: silent, size: 2, limitSessions: true })
const { id, key: apiKey, hash } = newApiKey()
await createApiKey(prisma, { id, name: 'crm-sync', hash, scopes: ['objects:write'], applications: [] })
await prisma.$disconnect()

/** Pushes through one server until the push is acknowledged; returns the moment of that. */
async function push(key: string, summary: string): Promise<number> {
  for (;;) {
    const answer = await fetch(`${one.adminAddress}/api/applications/crm/objects/${key}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ summary, status: { name: 'Open' } }),
    })
    await answer.arrayBuffer()
    if (answer.ok) return performance.now()
    if (answer.status !== 503) throw new Error(`A push was answered with ${answer.status}.`)
    refused++
    await sleep(20)
  }
}

async function card(address: string, key: string): Promise<{ status: number; summary?: string; aged: boolean }> {
  const answer = await fetch(`${address}/crm/objects/${key}`)
  const { summary } = (await answer.json()) as { summary?: string }
  return { status: answer.status, aged: answer.headers.has('age'), ...(summary !== undefined && { summary }) }
}

let refused = 0
let asked = 0
let marked = 0
let failed = 0
const delays: number[] = []
let restart: Promise<number> | undefined
for (let index = 0; index < pushes; index++) {
  const key = `deal-${index % objects}`
  // So the other server has the card in memory when it changes.
  if (index >= objects) await card(other.address, key)
  if (index === Math.floor(pushes / 2)) restart = restartDatabase()
  const acknowledged = await push(key, `push ${index}`)
  for (;;) {
    const answer = await card(other.address, key)
    asked++
    if (answer.aged) marked++
    if (answer.status >= 500) failed++
    if (answer.summary === `push ${index}` && !answer.aged) break
    if (performance.now() - acknowledged > 10_000) break
    await sleep(1)
  }
  delays.push(performance.now() - acknowledged)
}
const down = await restart

/** Stops PostgreSQL, which its keeper starts again; returns for how many milliseconds nobody could connect. */
async function restartDatabase(): Promise<number> {
  const former = postgres.processId()
  const since = performance.now()
  process.kill(former ?? 0, 'SIGINT')
  while (postgres.processId() === former || postgres.processId() === undefined) await sleep(5)
  return performance.now() - since
}

await Promise.all([one.stop(), other.stop()])
await postgres.stop()
await rm(folder, { recursive: true, force: true })

const sorted = delays.toSorted((a, b) => a - b)
const quantile = (part: number) => Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? 0)
const inTime = delays.filter(delay => delay <= longest).length
console.log(`pushes on one server, each asked of the other: ${pushes}, of ${objects} objects`)
console.log(`right within ${longest} ms: ${inTime}`)
console.log(`delay: p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, longest ${quantile(1)} ms`)
console.log(
  `database restarted in the middle, away for ${Math.round(down ?? 0)} ms; pushes repeated meanwhile: ${refused}`,
)
console.log(`cards asked for: ${asked}; last good ones, marked: ${marked}; without an answer (503): ${failed}`)
process.exitCode = inTime === pushes && quantile(0.99) <= longest ? 0 : 1
