import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { runSql } from '../../../test/support/test-database.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }

export type Cluster = Awaited<ReturnType<typeof openCluster>>

/**
 * A PostgreSQL on a disk of its own, a small one in memory, which only root can mount: so it can be filled. `database` makes a
 * database with a user who owns it, and returns two addresses: the user's, and that of the administrator.
 */
export async function openCluster({ megabytes = 1_024 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tracker-links-doctor-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', folder])
  const settings = { min_wal_size: '64MB', max_wal_size: '64MB' }
  const postgres = await startEmbeddedPostgres({
    folder: join(folder, 'postgres'),
    log: silent,
    durable: false,
    settings,
  })
  const ballast = join(folder, 'ballast')
  let databases = 0
  return {
    stop: () => postgres.stop(),
    async database() {
      const name = `links_${++databases}`
      const all = await postgres.url('postgres')
      await runSql(all, `CREATE ROLE ${name} LOGIN PASSWORD 'canary-database'`, `CREATE DATABASE ${name} OWNER ${name}`)
      const admin = new URL(all)
      admin.pathname = `/${name}`
      const own = new URL(admin)
      own.username = name
      own.password = 'canary-database'
      return { name, url: own.href, admin: admin.href }
    },
    fill() {
      const { bavail, bsize } = statfsSync(folder)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize))
    },
    async close() {
      truncateIfThere(ballast)
      await postgres.stop()
      // PostgreSQL's last process may not have left yet.
      execFileSync('umount', ['--lazy', folder])
      rmSync(folder, { recursive: true })
    },
  }
}

function truncateIfThere(file: string): void {
  try {
    truncateSync(file)
  } catch {
    // It was never filled.
  }
}
