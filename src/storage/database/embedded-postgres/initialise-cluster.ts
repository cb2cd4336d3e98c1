import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { access, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { StorageFault } from '../storage-fault.ts'
import { type ClusterPaths, embeddedUser } from './cluster-paths.ts'
import type { Binaries } from './find-binaries.ts'
import { fsyncFolder, fsyncTree } from './fsync-folder.ts'
import { commandAs, type ProcessUser, processEnvironment } from './process-user.ts'

/**
 * Creates the cluster unless it exists. It is made in a side folder and renamed when it is complete and on disk, so that a
 * kill at any moment leaves either no cluster or a good one. Throws StorageFault `postgres-start-failed`.
 */
export async function initialiseCluster(
  binaries: Binaries,
  paths: ClusterPaths,
  user: ProcessUser,
  options: { durable: boolean },
): Promise<void> {
  if (await exists(paths.cluster)) return
  await removeUnfinished(paths)
  // A new name each time: an initdb whose parent was killed may still be running, and empties its folder when it fails.
  const unfinished = join(paths.folder, `${unfinishedPrefix}${randomUUID()}`)
  const args = [
    `--pgdata=${unfinished}`,
    `--username=${embeddedUser}`,
    `--pwfile=${paths.secret}`,
    '--auth=scram-sha-256',
    // All given, because initdb takes a missing one from the environment: SQL_ASCII if no locale is set.
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    // `fsyncTree` below takes less time.
    '--no-sync',
  ]
  await runInitdb(binaries, args, paths, user)
  if (options.durable) await fsyncTree(unfinished)
  await rename(unfinished, paths.cluster)
  await fsyncFolder(paths.folder)
}

/** Throws StorageFault if the cluster has another major version than the programs. `version`: such as `18.4`. */
export async function checkClusterVersion(paths: ClusterPaths, version: string): Promise<void> {
  const made = (await readFile(join(paths.cluster, 'PG_VERSION'), 'utf8')).trim()
  const major = version.split('.')[0]
  if (made === major) return
  throw new StorageFault(
    'postgres-start-failed',
    `The data in ${paths.cluster} was written by PostgreSQL ${made}, and this program comes with PostgreSQL ${major}: start the program's version that wrote it, or move the data with pg_dump and pg_restore.`,
  )
}

async function runInitdb(binaries: Binaries, args: string[], paths: ClusterPaths, user: ProcessUser): Promise<void> {
  const initdb = commandAs(user, binaries.initdb, args)
  const child = spawn(initdb.command, initdb.args, {
    ...user.spawnAs,
    env: processEnvironment,
    // In a process group of its own, so that Ctrl-C in a terminal reaches only our process.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [told, [exitCode, signal]] = await Promise.all([text(child.stderr), once(child, 'close')])
  if (exitCode === 0) return
  throw new StorageFault(
    'postgres-start-failed',
    `The embedded PostgreSQL could not create its files in ${paths.folder}: ${told.trim() || `initdb ended with ${exitCode ?? signal}`}`,
  )
}

const unfinishedPrefix = 'cluster.new-'

async function removeUnfinished(paths: ClusterPaths): Promise<void> {
  const left = (await readdir(paths.folder)).filter(name => name.startsWith(unfinishedPrefix))
  // A folder that is still being written to is removed at a later start.
  for (const name of left) await rm(join(paths.folder, name), { recursive: true, force: true }).catch(() => {})
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
