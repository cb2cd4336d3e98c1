// Backs up, restores and moves many links while a real server answers cards and creates links, with kills of the restore in
// between. Exit code 1 if an acknowledged link is missing, a hash differs, a killed restore left a row, or a damaged file was
// taken. Usage: npm run test:backup [-- NUMBER], 1,000,000 links by default
import { copyFile, mkdtemp, open, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStorage } from '../../src/storage/open-storage.ts'
import type { PrismaClient } from '../../src/storage/prisma-client/client.ts'
import { type Calls, callSteadily } from './backup/calls.ts'
import { countAll, type Outcome, runProgram, seedLinks, startProgramLater, storedKeys } from './backup/programs.ts'
import { startConfigured } from './configured-server.ts'

const count = Number(process.argv[2] ?? 1_000_000)
if (!Number.isSafeInteger(count) || count < 1_000) {
  console.error('Usage: npm run test:backup [-- NUMBER], 1,000 or more, such as npm run test:backup -- 20000')
  process.exit(2)
}
const application = {
  id: 'demo',
  name: 'Demo',
  frontUrl: 'https://demo.example.com/{{remoteKey}}',
  defaultIconUrl: 'https://demo.example.com/icon.svg',
  responsible: 'demo@example.com',
  authorization: { kind: 'none' },
}
const config = { publicUrl: 'https://links.example.com', applications: [application] }
const folder = await mkdtemp(join(tmpdir(), 'tracker-links-backup-'))
const problems: string[] = []
const file = join(folder, 'all.gz')
const source = join(folder, 'data')
const at = (DATA_DIR: string) => ({ DATA_DIR })

try {
  await seedLinks(source, count)
  const server = await startConfigured(folder, config, at(source))
  const calls = callSteadily(server.address)
  await sleep(2_000)
  await backUp(calls)
  await restoreWithKills()
  await refuseDamaged()
  await move(calls)
  await calls.stop()
  await server.stop()
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 20 })
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0

async function backUp(calls: Calls): Promise<void> {
  calls.begin()
  const before = calls.acknowledged()
  const done = tell('backup', await runProgram(folder, ['backup', file, '--json'], at(source)))
  console.log(`  file: ${((await stat(file)).size / 1e6).toFixed(1)} MB; meanwhile ${calls.told()}`)
  if (calls.failures() > 0) problems.push(`backup: ${calls.failures()} calls failed meanwhile`)
  const restored = join(folder, 'restored')
  const loaded = tell('restore', await runProgram(folder, ['restore', file, '--json'], at(restored)))
  if (JSON.stringify(loaded?.tables) !== JSON.stringify(done?.tables)) problems.push('restore: the hashes differ')
  compareKeys('restore', await keysIn(restored), before)
}

async function restoreWithKills(): Promise<void> {
  const target = join(folder, 'killed')
  for (const part of [0.3, 0.6, 0.9]) {
    const isOver = await startProgramLater(folder, ['restore', file], at(target), part)
    const rows = await rowsIn(target)
    console.log(`killed after ${Math.round(part * 100)} % of a restore: ${rows} rows${isOver ? ' (it was over)' : ''}`)
    if (rows !== 0 && !isOver) problems.push(`a killed restore left ${rows} rows`)
    if (isOver) return
  }
  const { code, errors } = await runProgram(folder, ['restore', file, '--json'], at(target))
  if (code !== 0) problems.push(`restore after kills: ${errors}`)
}

/** The control: what must be noticed is noticed. */
async function refuseDamaged(): Promise<void> {
  const damaged = join(folder, 'damaged.gz')
  await copyFile(file, damaged)
  const { size } = await stat(damaged)
  const handle = await open(damaged, 'r+')
  await handle.write(Buffer.from([0x55]), 0, 1, Math.floor(size / 2))
  await handle.close()
  await refused('one byte changed', damaged)
  await copyFile(file, damaged)
  await truncate(damaged, size - 1_000)
  await refused('end missing', damaged)
}

async function refused(what: string, damaged: string): Promise<void> {
  const target = join(folder, 'damaged')
  const { code, errors } = await runProgram(folder, ['restore', damaged, '--json'], at(target))
  const rows = await rowsIn(target)
  console.log(`${what}: exit code ${code}, ${rows} rows; ${errors.trim()}`)
  if (code === 0 || rows !== 0) problems.push(`${what}: was not refused`)
}

async function move(calls: Calls): Promise<void> {
  // The embedded PostgreSQL of another folder is the server that is moved to.
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const target = await openStorage({ dataDirectory: join(folder, 'target'), log })
  try {
    calls.begin()
    const env = { ...at(source), TO_DATABASE_URL: target.url }
    tell('move', await runProgram(folder, ['move', '--json'], env))
    console.log(`  meanwhile ${calls.told()}`)
    calls.begin()
    await sleep(2_000)
    console.log(`  afterwards ${calls.told()}`)
    if (calls.created() > 0) problems.push('move: the source took links afterwards')
    compareKeys('move', await storedKeys(target.prisma), calls.acknowledged())
  } finally {
    await target.close()
  }
}

function tell(what: string, { code, out, errors, seconds }: Outcome) {
  if (code !== 0) {
    problems.push(`${what}: ${errors}`)
    return undefined
  }
  const { tables } = JSON.parse(out) as { tables: Record<string, { rows: number; hash: string }> }
  console.log(`${what}: ${seconds.toFixed(1)} s, ${tables.link?.rows} links, hash ${tables.link?.hash}`)
  return { tables }
}

function compareKeys(what: string, stored: ReadonlySet<string>, acknowledged: readonly string[]): void {
  const missing = acknowledged.filter(key => !stored.has(key))
  console.log(`  ${acknowledged.length} acknowledged before or meanwhile, ${missing.length} missing`)
  if (missing.length > 0) problems.push(`${what}: ${missing.length} acknowledged links are missing`)
}

function rowsIn(dataDirectory: string): Promise<number> {
  return withFolder(dataDirectory, countAll)
}

function keysIn(dataDirectory: string): Promise<Set<string>> {
  return withFolder(dataDirectory, storedKeys)
}

async function withFolder<T>(dataDirectory: string, work: (prisma: PrismaClient) => Promise<T>): Promise<T> {
  const storage = await openStorage({ dataDirectory, log: { info: () => {}, warn: () => {}, error: () => {} } })
  try {
    return await work(storage.prisma)
  } finally {
    await storage.close()
  }
}
