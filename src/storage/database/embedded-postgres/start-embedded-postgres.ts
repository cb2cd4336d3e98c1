import type { ChildProcess } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StorageLog } from '../storage-log.ts'
import { clusterPaths } from './cluster-paths.ts'
import { embeddedUrl } from './embedded-url.ts'
import { findBinaries } from './find-binaries.ts'
import { checkClusterVersion, initialiseCluster } from './initialise-cluster.ts'
import { readLastWords } from './last-words.ts'
import { makeOwnedFolder } from './owned-folder.ts'
import { isPostmasterOf, readPostmasterFile } from './postmaster-file.ts'
import { findProcessUser, giveFolderTo } from './process-user.ts'
import { type PostgresSettings, type PostmasterStart, runPostmaster } from './run-postmaster.ts'
import { ensureSecret } from './secret.ts'
import { ensureSocketFolder, removeSocketFolder } from './socket-folder.ts'
import { stopPostmaster } from './stop-postmaster.ts'

/** A PostgreSQL that runs until it is stopped. `version` is such as `18.4`. */
export type EmbeddedPostgres = {
  version: string
  /** The address of one of its databases. */
  url(database: string): Promise<string>
  /** Process id of the Postgres that runs now; undefined if none does. */
  processId(): number | undefined
  /** While none runs although it should: what it last said. */
  lastWords(): string | undefined
  stop(): Promise<void>
}

/**
 * Starts PostgreSQL on the files in `folder`, creates them at the first start, and restarts it whenever it dies. The
 * caller holds the lock of the data folder: a Postgres that a killed process left running there is stopped first.
 * `durable: false` is for tests. Throws StorageFault.
 */
export async function startEmbeddedPostgres(options: {
  folder: string
  log: StorageLog
  settings?: PostgresSettings
  durable?: boolean
}): Promise<EmbeddedPostgres> {
  const { log, settings = {}, durable = true } = options
  await makeOwnedFolder(options.folder, 0o700)
  const paths = clusterPaths(await realpath(options.folder))
  const binaries = await findBinaries()
  const { user, version } = await findProcessUser(binaries, paths.folder)
  const orphan = await readPostmasterFile(paths)
  if (orphan && (await isPostmasterOf(paths, orphan.pid))) {
    log.warn({ postgresPid: orphan.pid }, 'PostgreSQL was left running by a process that was killed: stopping it')
    await stopPostmaster(paths, orphan.pid)
  }
  await giveFolderTo(user, paths.folder)
  await ensureSecret(paths.secret, user)
  await initialiseCluster(binaries, paths, user, { durable })
  await checkClusterVersion(paths, version)
  const socketFolder = await ensureSocketFolder(paths, user)
  const start: PostmasterStart = { binaries, paths, user, socketFolder, settings }
  const slowStartNotice = setTimeout(() => {
    log.info('PostgreSQL is still starting: after a crash it first recovers what was written')
  }, 5_000)
  const supervised = await supervise(start, log).finally(() => {
    clearTimeout(slowStartNotice)
  })
  return {
    version,
    url: database => embeddedUrl(paths, database),
    processId: supervised.processId,
    lastWords: supervised.lastWords,
    stop: async () => {
      await supervised.stop()
      await removeSocketFolder(paths, socketFolder)
    },
  }
}

/** Runs Postgres and restarts it when it dies, until `stop` is called. */
async function supervise(start: PostmasterStart, log: StorageLog) {
  const state: { stopping: boolean; child?: ChildProcess | undefined; lastWords?: string | undefined } = {
    stopping: false,
  }
  let restart: Promise<void> = Promise.resolve()

  const watch = (child: ChildProcess) => {
    state.child = child
    const onExit = () => {
      state.child = undefined
      if (state.stopping) return
      restart = mourn(child).then(startAgain)
    }
    // It may have died before this: then no event follows.
    if (child.exitCode !== null || child.signalCode !== null) onExit()
    else child.once('exit', onExit)
  }

  const mourn = async ({ exitCode, signalCode }: ChildProcess) => {
    const lastWords = await readLastWords(start.paths.log)
    state.lastWords = lastWords.join('\n')
    log.error({ exitCode, signal: signalCode, lastWords }, 'PostgreSQL died: starting it again')
  }

  const noteFailure = (error: unknown) => {
    if (error instanceof Error) state.lastWords = error.message
  }

  const startAgain = async () => {
    while (!state.stopping) {
      try {
        const child = await runWithRetries(start, () => state.stopping, noteFailure)
        state.lastWords = undefined
        watch(child)
        log.info('PostgreSQL runs again')
        return
      } catch (error) {
        if (!state.stopping) log.error({ err: error }, 'PostgreSQL cannot be started; trying again')
        await sleep(1_000)
      }
    }
  }

  watch(await runWithRetries(start))
  return {
    processId: () => state.child?.pid,
    lastWords: () => state.lastWords,
    stop: async () => {
      state.stopping = true
      await restart
      if (state.child?.pid !== undefined) await stopPostmaster(start.paths, state.child.pid)
    },
  }
}

const longestStart = 15_000

/**
 * Tries for 15 seconds: right after a kill, children of the former server may still hold its shared memory, and its entry
 * may still be in the process table.
 */
async function runWithRetries(
  start: PostmasterStart,
  stopping = () => false,
  noteFailure: (error: unknown) => void = () => {},
): Promise<ChildProcess> {
  const end = performance.now() + longestStart
  for (let pause = 50; ; pause = Math.min(2 * pause, 1_000)) {
    try {
      return await runPostmaster(start)
    } catch (error) {
      noteFailure(error)
      if (stopping() || performance.now() + pause > end) throw error
      await sleep(pause)
    }
  }
}
