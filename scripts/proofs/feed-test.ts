// Two readers follow the change feed while links are created and removed, by Tracker's calls and by the API; one reader is
// started again, and the server and its database are killed. Then both readers' copies are compared with the link table.
// Last, the rate of creations is measured with and without readers. Usage: npm run test:feed [SECONDS], 20 by default.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { newApiKey } from '../../src/management-api/api-key.ts'
import { createApiKey } from '../../src/storage/keys/api-keys.ts'
import { openStorage } from '../../src/storage/open-storage.ts'
import { type CrashServer, startServer } from './crash/server.ts'
import { type Copy, follow, linkName, type Reader } from './feed/readers.ts'
import { createOnly, type Server, writeBothWays } from './feed/writers.ts'

const seconds = Number(process.argv[2] ?? 20)
const rounds = 8
const roundSeconds = Math.max(1, seconds / 10)

const folder = await mkdtemp(join(tmpdir(), 'tracker-links-feed-'))
let running: CrashServer = await startServer(folder)
const key = await makeKey()
const api = { address: () => running.adminAddress, key }
const server: Server = { address: () => running.address, api }

const readers = { waiting: follow(api, { limit: 500, wait: 10 }), smallPages: follow(api, { limit: 25, wait: 0 }) }
const begin = performance.now()
let stopped = false
const writing = writeBothWays(server, () => stopped)
await sleep((seconds / 4) * 1_000)
readers.smallPages.restart()
await sleep((seconds / 4) * 1_000)
await running.kill()
running = await startServer(folder)
await sleep((seconds / 2) * 1_000)
stopped = true
const acknowledged = await writing
const writingSeconds = (performance.now() - begin) / 1_000
await Promise.all(Object.values(readers).map(reader => reader.end()))
const table = await readTable()

console.log(
  `writers: ${acknowledged} calls acknowledged in ${writingSeconds.toFixed(1)} s, one kill -9 of server and database`,
)
console.log(
  `events: ${table.events}, ${Math.round(table.events / writingSeconds)} a second; links at the end: ${table.links.size}`,
)
let faults = 0
for (const [name, reader] of Object.entries(readers)) {
  const differences = compare(reader.copy, table.links)
  faults += differences + reader.misfits + Math.abs(reader.events - table.events)
  const { events, pages, slowest, misfits } = reader
  console.log(
    `${name}: ${events} events in ${pages} pages, slowest ${Math.round(slowest)} ms; misfits ${misfits}, differences ${differences}`,
  )
}

const rates = { alone: 0, followed: 0 }
for (let round = 0; round < rounds; round++) {
  // Each goes first in turn, because the table grows.
  if (round % 2 === 0) rates.alone += await measure()
  const followers: Reader[] = [follow(api, { limit: 500, wait: 10 }), follow(api, { limit: 500, wait: 10 })]
  await Promise.all(followers.map(reader => caughtUp(reader)))
  rates.followed += await measure()
  await Promise.all(followers.map(reader => reader.end()))
  if (round % 2 === 1) rates.alone += await measure()
}
const rate = (total: number) => Math.round(total / rounds / roundSeconds)
console.log(
  `creations a second: ${rate(rates.alone)} without readers, ${rate(rates.followed)} with two ` +
    `(${(rates.followed / rates.alone).toFixed(2)}); ${rounds} rounds in turn of ${roundSeconds} s, readers and writers in one process`,
)
await running.stop()
await rm(folder, { recursive: true, force: true })
process.exitCode = faults > 0 ? 1 : 0

async function measure(): Promise<number> {
  let isOver = false
  const created = createOnly(server, () => isOver)
  await sleep(roundSeconds * 1_000)
  isOver = true
  return created
}

/** Waits until a reader has reached the end of the feed. */
async function caughtUp(reader: Reader): Promise<void> {
  for (let events = -1; events !== reader.events; ) {
    events = reader.events
    await sleep(500)
  }
}

async function open() {
  return openStorage({
    dataDirectory: join(folder, 'data'),
    log: { info: () => {}, warn: console.warn, error: console.error },
  })
}

async function makeKey(): Promise<string> {
  const storage = await open()
  const { id, key, hash } = newApiKey()
  const scopes = ['links:read', 'links:write', 'objects:write']
  await createApiKey(storage.prisma, { id, name: 'feed test', hash, scopes, applications: ['demo'] })
  await storage.close()
  return key
}

/** The links of the table, and how many events there are. */
async function readTable(): Promise<{ links: Copy; events: number }> {
  const storage = await open()
  const rows = await storage.prisma.link.findMany({ where: { applicationId: 'demo' } })
  const events = await storage.prisma.linkEvent.count({ where: { applicationId: 'demo' } })
  await storage.close()
  return { links: new Map(rows.map(row => [linkName(row.issueKey, row.remoteKey), row.createdAt.getTime()])), events }
}

/** How many links are in only one of the two, or have another time of creation (but see `renameObject`). */
function compare(copy: Copy, links: Copy): number {
  const missing = [...links].filter(([name, createdAt]) =>
    name.includes('moving') ? !copy.has(name) : copy.get(name) !== createdAt,
  )
  return missing.length + [...copy.keys()].filter(name => !links.has(name)).length
}
