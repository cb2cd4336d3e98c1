// One API key searches and pushes as much as it can while another application's links are created at a steady rate: none of
// Tracker's calls may be refused. Then the same with a server whose management API is unbounded, which must show the fault.
// Exit code 1 if either does not hold. Usage: npm run test:starvation [-- OBJECTS], 780,000 by default
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { newApiKey } from '../../src/management-api/api-key.ts'
import { createPrismaClient } from '../../src/storage/database/connection/connect.ts'
import { startEmbeddedPostgres } from '../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { migrate } from '../../src/storage/database/migrations/migrate.ts'
import { createApiKey } from '../../src/storage/keys/api-keys.ts'
import { startProgram, stopProgram } from '../../test/support/start-program.ts'
import { createSteadily, type Outcome } from './starvation/creations.ts'

const count = Number(process.argv[2] ?? 780_000)
/** Seconds of each kind of load. */
const seconds = 8
const searches = 24
const pushes = 400

const log = { info: () => {}, warn: () => {}, error: () => {} }
const folder = await mkdtemp(join(tmpdir(), 'tracker-links-starvation-'))
const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log })

/** Makes the objects; returns an API key for them. */
async function fill(databaseUrl: string): Promise<string> {
  await migrate({ databaseUrl, log })
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(
    `INSERT INTO linked_object (application_id, key, summary, status_name)
     SELECT 'crm', 'deal-' || n, 'Deal number ' || n || ' with a customer of the usual kind', 'Open'
     FROM generate_series(1, $1::int) AS n`,
    [count],
  )
  await client.query('ANALYZE linked_object')
  await client.end()
  const prisma = createPrismaClient({ databaseUrl, log, size: 1, limitSessions: true })
  const { id, key, hash } = newApiKey()
  await createApiKey(prisma, { id, name: 'crm-sync', hash, scopes: ['objects:write'], applications: ['crm'] })
  await prisma.$disconnect()
  return key
}

/** Puts a server under load; returns what became of the calls. */
async function loadWith(words: readonly (string | number)[]): Promise<string> {
  const program = join(import.meta.dirname, 'starvation/load.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...words.map(String)])
  return stdout.trim()
}

type Round = { load: string; creations: Outcome; done: string }

/** Runs both loads on a server, and creates links meanwhile. */
async function starve(databaseUrl: string, apiKey: string, ...words: string[]): Promise<Round[]> {
  const server = startProgram(process.execPath, [join(import.meta.dirname, 'starvation/server.ts'), ...words], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [[publicPort, adminPort]] = (await once(server, 'message')) as [[number, number]]
  const create = (until: () => boolean) => createSteadily(`http://127.0.0.1:${publicPort}/erp/links`, until)
  const rounds: Round[] = []
  const objects = `http://127.0.0.1:${adminPort}/api/applications/crm/objects`
  for (const [load, words] of [
    ['nothing else', undefined],
    [`${searches} searches`, ['searches', searches]],
    [`${pushes} bulk pushes`, ['pushes', pushes]],
  ] as const) {
    const end = performance.now() + seconds * 1_000
    const isOver = () => performance.now() > end
    const [done, creations] = await Promise.all([
      words ? loadWith([...words, seconds, objects, apiKey]) : '',
      create(isOver),
    ])
    rounds.push({ load, creations, done })
    await sleep(500)
  }
  await stopProgram(server, 'SIGKILL')
  return rounds
}

function tell(server: string, rounds: readonly Round[]): void {
  for (const { load, creations, done } of rounds) {
    const { asked, refused, p50, p99, longest } = creations
    const cells = [
      server,
      load,
      asked,
      refused,
      `${p50.toFixed(0)} ms`,
      `${p99.toFixed(0)} ms`,
      `${longest.toFixed(0)} ms`,
    ]
    console.log(cells.map(cell => String(cell).padStart(16)).join(' '), done && `  (${done})`)
  }
}

let problems: string[] = []
try {
  const databaseUrl = await postgres.url('postgres')
  const apiKey = await fill(databaseUrl)
  console.log(`${count} objects; links of another application are created beside:`)
  const head = ['server', 'beside', 'creations', 'refused', 'p50', 'p99', 'longest']
  console.log(head.map(cell => cell.padStart(16)).join(' '))
  const bounded = await starve(databaseUrl, apiKey)
  tell('as it is', bounded)
  const control = await starve(databaseUrl, apiKey, '--unbounded')
  tell('unbounded', control)
  problems = bounded
    .filter(({ creations }) => creations.refused > 0)
    .map(({ load, creations }) => `${creations.refused} creations were refused beside ${load}.`)
  if (control.every(({ creations }) => creations.refused === 0))
    problems.push('The control shows no fault: this machine needs more objects to show one.')
} finally {
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
}
for (const problem of problems) console.error(problem)
process.exit(problems.length > 0 ? 1 : 0)
