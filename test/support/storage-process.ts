import { type ChildProcess, type ChildProcessWithoutNullStreams, execFileSync } from 'node:child_process'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { clusterPaths } from '../../src/storage/database/embedded-postgres/cluster-paths.ts'
import { readPostmasterFile } from '../../src/storage/database/embedded-postgres/postmaster-file.ts'
import { stopPostmaster } from '../../src/storage/database/embedded-postgres/stop-postmaster.ts'
import type { OpenStorageOptions } from '../../src/storage/open-storage.ts'
import { scratchPlace } from './scratch-place.ts'
import { ended, startProgram, stopProgram } from './start-program.ts'
import { copyUsedData } from './used-data.ts'

/** A line that storage-program.ts writes. */
export type Line = {
  open?: string
  rows?: Record<string, unknown>[]
  failed?: string
  closed?: true
  fault?: string
  message?: string
  log?: string
}

export type StorageProcess = {
  child: ChildProcess
  /** The next line that is not a log record; throws what the program wrote to standard error if it ended before. */
  next(): Promise<Line>
  /** Runs a statement in the program. */
  sql(statement: string): Promise<Line>
  /** Lets the program close the storage and end. */
  close(): Promise<Line>
  kill(): Promise<void>
  /** The messages of its log so far. */
  logged: string[]
}

/** A data folder of a test's own; whatever still runs in it is stopped, and it is removed. */
export async function dataFolder(t: Pick<Test, 'teardown'>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(scratchPlace, 'tracker-links-data-')))
  t.teardown(async () => {
    const paths = clusterPaths(join(folder, 'postgres'))
    const left = await readPostmasterFile(paths)
    if (left) await stopPostmaster(paths, left.pid)
    await rm(folder, { recursive: true, force: true, maxRetries: 20 })
  })
  return folder
}

/** A data folder as an earlier start leaves it: with the schema, but without rows. Removed like the other. */
export async function usedDataFolder(t: Pick<Test, 'teardown'>): Promise<string> {
  const folder = await dataFolder(t)
  await copyUsedData(folder)
  return folder
}

/** Process id of the PostgreSQL of a data folder. */
export async function postgresOf(folder: string): Promise<number> {
  const found = await readPostmasterFile(clusterPaths(join(folder, 'postgres')))
  if (found === undefined) throw new Error(`no PostgreSQL runs in ${folder}`)
  return found.pid
}

/** What `ps` says of a process, such as its `uid` or its `pgid`. */
export function processField(pid: number | undefined, field: 'uid' | 'pgid'): number {
  return Number(execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' }))
}

/** Opens a storage in a process of its own, which is killed when the test is over. */
export function storageProcess(
  t: Pick<Test, 'teardown'>,
  options: Omit<OpenStorageOptions, 'log'>,
  spawning: { env?: Record<string, string>; uid?: number; gid?: number } = {},
): StorageProcess {
  const words = [join(import.meta.dirname, 'storage-program.ts'), JSON.stringify(options)]
  const child = startProgram(process.execPath, words, {
    ...spawning,
    // Nothing else of this environment; the cache holds what an earlier test file compiled.
    env: {
      PATH: process.env.PATH ?? '',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
      ...spawning.env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  }) as ChildProcessWithoutNullStreams
  const errors: string[] = []
  child.stderr.on('data', data => errors.push(String(data)))
  // It may be killed while something is being written to it.
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const logged: string[] = []

  const next = async (): Promise<Line> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`the program ended: ${errors.join('')}`)
    const line = JSON.parse(value) as Line
    if (line.log === undefined) return line
    logged.push(line.log)
    return await next()
  }
  const kill = async () => {
    await stopProgram(child, 'SIGKILL')
  }
  t.teardown(kill)
  return {
    child,
    logged,
    next,
    kill,
    sql: statement => {
      child.stdin.write(`${statement.replaceAll('\n', ' ')}\n`)
      return next()
    },
    close: async () => {
      child.stdin.end()
      const line = await next()
      await ended(child)
      return line
    },
  }
}
