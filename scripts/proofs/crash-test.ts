// Kills the server and its database with -9 under writes, many times over, and looks whether anything that was acknowledged
// is lost. Usage: npm run test:crash [CYCLES], 50 by default, which takes less than two minutes.
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStorage } from '../../src/storage/open-storage.ts'
import { startServer } from './crash/server.ts'
import { type Ledger, linkName, write } from './crash/writers.ts'

const cycles = Number(process.argv[2] ?? 50)
const highestP95 = 3_000

const folder = await mkdtemp(join(tmpdir(), 'tracker-links-crash-'))
const ledger: Ledger = { created: [], removed: new Map() }
const starts: number[] = []
for (let cycle = 0; cycle < cycles; cycle++) {
  const server = await startServer(folder)
  starts.push(server.readyAfter)
  let killed = false
  const writing = write(server.address, cycle, ledger, () => killed)
  await sleep(randomInt(200, 900))
  await server.kill()
  killed = true
  await writing
}

const storage = await openStorage({
  dataDirectory: join(folder, 'data'),
  log: { info: () => {}, warn: console.warn, error: console.error },
})
const rows = await storage.prisma.$queryRaw<{ issue_key: string; remote_key: string }[]>`
  SELECT issue_key, remote_key FROM link WHERE application_id = 'demo'`
const [events] = await storage.prisma.$queryRaw<{ balance: bigint }[]>`
  SELECT count(*) FILTER (WHERE kind = 'created') - count(*) FILTER (WHERE kind = 'removed') AS balance
  FROM link_event WHERE application_id = 'demo'`
await storage.close()
await rm(folder, { recursive: true, force: true })

const stored = new Set(rows.map(row => linkName(row.issue_key, row.remote_key)))
const acknowledged = ledger.created.filter(({ outcome }) => outcome === 'acknowledged')
const links = acknowledged.flatMap(({ issueKey, keys }) => keys.map(key => linkName(issueKey, key)))
const lost = links.filter(name => !stored.has(name) && !ledger.removed.has(name))
const cameBack = [...ledger.removed].filter(([name, outcome]) => outcome === 'acknowledged' && stored.has(name))
const partial = ledger.created.filter(({ issueKey, keys }) => {
  const kept = keys.map(key => linkName(issueKey, key)).filter(name => !ledger.removed.has(name))
  return kept.some(name => stored.has(name)) && !kept.every(name => stored.has(name))
})
const sorted = starts.toSorted((one, other) => one - other)
const quantile = (part: number) => Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? 0)
const removals = [...ledger.removed.values()].filter(outcome => outcome === 'acknowledged').length

console.log(`kills of server and database: ${cycles}`)
console.log(`acknowledged: ${links.length} links in ${acknowledged.length} calls, ${removals} removals`)
console.log(`lost: ${lost.length}; removed and back again: ${cameBack.length}; calls kept in part: ${partial.length}`)
console.log(`links without an event or the other way round: ${Number(events?.balance ?? 0) - stored.size}`)
console.log(`ready after a start: p50 ${quantile(0.5)} ms, p95 ${quantile(0.95)} ms, highest ${quantile(1)} ms`)

const faults = lost.length + cameBack.length + partial.length + Math.abs(Number(events?.balance ?? 0) - stored.size)
process.exitCode = faults > 0 || quantile(0.95) > highestP95 ? 1 : 0
