import { type ChildProcess, spawn } from 'node:child_process'
import { open, rename, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { StorageFault } from '../storage-fault.ts'
import type { ClusterPaths } from './cluster-paths.ts'
import type { Binaries } from './find-binaries.ts'
import { readLastWords } from './last-words.ts'
import { isPostmasterOf, readPostmasterFile } from './postmaster-file.ts'
import { commandAs, type ProcessUser, processEnvironment } from './process-user.ts'

/** Settings of Postgres by name, such as `{ max_connections: '200' }`. */
export type PostgresSettings = Readonly<Record<string, string>>

export type PostmasterStart = {
  binaries: Binaries
  paths: ClusterPaths
  user: ProcessUser
  socketFolder: string
  settings: PostgresSettings
}

/**
 * Starts Postgres once and waits until it accepts connections, however long the recovery after a crash takes. If Postgres
 * ends before that, throws StorageFault `postgres-start-failed` with Postgres' own message.
 */
export async function runPostmaster(start: PostmasterStart): Promise<ChildProcess> {
  const { paths, user } = start
  const log = await openLog(paths.log)
  try {
    const logStart = (await log.stat()).size
    const stale = await staleProcessId(paths)
    // In a container process ids repeat: a lock file of a killed Postgres may hold the id of the new one, and say ready.
    const former = await pidFileTime(paths)
    const postgres = commandAs(user, start.binaries.postgres, postgresArguments(start))
    const child = spawn(postgres.command, postgres.args, {
      ...user.spawnAs,
      // Postgres treats a lock file as live if any process has its id. It treats one with the id of its grandparent as
      // stale, and still checks whether children of the former server hold the shared memory.
      env: { ...processEnvironment, ...(stale !== undefined && { PG_GRANDPARENT_PID: String(stale) }) },
      // In a process group of its own, so that Ctrl-C in a terminal reaches only our process.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    // A program that failed elsewhere can exit without stopping Postgres, which then ends with it.
    child.unref()
    const failures: Error[] = []
    child.once('error', error => failures.push(error))
    while (child.exitCode === null && child.signalCode === null && failures.length === 0) {
      const found = await readPostmasterFile(paths)
      if (found?.pid === child.pid && found?.ready && (await pidFileTime(paths)) !== former) return child
      await sleep(10)
    }
    const words = await readLastWords(paths.log, logStart)
    throw new StorageFault(
      'postgres-start-failed',
      `PostgreSQL did not start. ${words.join(' ')} (${paths.log})`,
      failures[0],
    )
  } finally {
    await log.close()
  }
}

function postgresArguments({ paths, socketFolder, settings }: PostmasterStart): string[] {
  const all: PostgresSettings = {
    listen_addresses: '',
    unix_socket_directories: socketFolder,
    unix_socket_permissions: '0700',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_line_prefix: '%m [%p] ',
    // Otherwise a refused statement is logged with its values, issue keys among them.
    log_min_error_statement: 'panic',
    log_parameter_max_length_on_error: '0',
    log_error_verbosity: 'terse',
    // After a crash Postgres makes every file durable before it recovers. With syncfs that is one call instead of a thousand,
    // three seconds less on a busy disk. Only Linux has it.
    ...(process.platform === 'linux' && { recovery_init_sync_method: 'syncfs' }),
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...settings,
  }
  return ['-D', paths.cluster, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** The process id in a stale lock file: its process is dead, or another program has the id now. */
async function staleProcessId(paths: ClusterPaths): Promise<number | undefined> {
  const found = await readPostmasterFile(paths)
  return found !== undefined && !(await isPostmasterOf(paths, found.pid)) ? found.pid : undefined
}

const largestLog = 10 * 1024 * 1024

async function openLog(path: string) {
  const size = await stat(path).then(
    found => found.size,
    () => 0,
  )
  if (size > largestLog) await rename(path, `${path}.1`)
  return await open(path, 'a', 0o600)
}

async function pidFileTime(paths: ClusterPaths): Promise<bigint | undefined> {
  const found = await stat(`${paths.cluster}/postmaster.pid`, { bigint: true }).catch(() => undefined)
  return found?.mtimeNs
}
