// Fills the disk of a database (a small tmpfs, which only root can mount), and looks at what a server says of itself: before
// anybody has written, while writes are refused, and once there is space again. Exit code 1 if it is ready while writes are
// refused, or not ready afterwards. Usage: node scripts/proofs/full-disk-test.ts
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { databaseProblem } from '../../src/storage/database/connection/database-problem.ts'
import { startEmbeddedPostgres } from '../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { linkChanger } from '../../src/storage/links/link-changes.ts'
import type { LinkKeys } from '../../src/storage/links/link-keys.ts'
import { openStorage, type Storage } from '../../src/storage/open-storage.ts'

const log = { info: () => {}, warn: console.error, error: console.error }
const folder = mkdtempSync(join(tmpdir(), 'tracker-links-full-'))
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m,mode=0755', 'tmpfs', folder])
const ballast = join(folder, 'ballast')
try {
  const settings = { min_wal_size: '64MB', max_wal_size: '64MB' }
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log, durable: false, settings })
  const open = async () => openStorage({ databaseUrl: await postgres.url('postgres'), dataDirectory: '/nowhere', log })
  const storage = await open()
  try {
    expect('with space', await outcome(storage), { ready: true, reason: undefined, write: 'done' })
    fill()
    const fresh = await open()
    expect('full, told by a server that nobody has asked to write', await readinessOf(fresh), {
      ready: false,
      reason: 'database-disk-full',
    })
    await fresh.close()
    expect('full', await outcome(storage), { ready: false, reason: 'database-disk-full', write: 'database-full' })
    truncateSync(ballast)
    await sleep(1_100)
    expect('with space again', await outcome(storage), { ready: true, reason: undefined, write: 'done' })
  } finally {
    rmSync(ballast, { force: true })
    await storage.close()
    await postgres.stop()
  }
} finally {
  // PostgreSQL's last process may not have left yet.
  execFileSync('umount', ['--lazy', folder])
  rmSync(folder, { recursive: true })
}

function fill(): void {
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(ballast, Buffer.alloc(bavail * bsize))
}

/** What comes of many links, and what the server says of itself then. */
async function outcome(storage: Storage) {
  const links = Array.from({ length: 1_000 }, (_, number) => ({
    issueKey: 'A-1',
    remoteKey: `${performance.now()} ${number} `.padEnd(255, '.'),
  })) as LinkKeys[]
  const change = linkChanger(storage.prisma)
  const write = await change({ kind: 'create', applicationId: 'demo', links, actor: { kind: 'tracker' } }).then(
    () => 'done',
    error => databaseProblem(error)?.code ?? String(error),
  )
  return { ...(await readinessOf(storage)), write }
}

async function readinessOf(storage: Storage) {
  const { ready, reason } = await storage.readiness()
  return { ready, reason: reason?.code }
}

function expect(when: string, found: object, wanted: object): void {
  console.log(`${when}: ${JSON.stringify(found)}`)
  if (JSON.stringify(found) === JSON.stringify(wanted)) return
  console.log(`  but it should be ${JSON.stringify(wanted)}`)
  process.exitCode = 1
}
