import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { clusterPaths } from '../../src/storage/embedded-postgres/cluster-paths.ts'
import { readPostmasterFile } from '../../src/storage/embedded-postgres/postmaster-file.ts'
import { stopPostmaster } from '../../src/storage/embedded-postgres/stop-postmaster.ts'
import type { OpenStorageOptions } from '../../src/storage/open-storage.ts'

/** What the program says: test/support/storage-program.ts. */
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
  /** The next line that is not of the log; throws what the program wrote to standard error where it ended before. */
  next(): Promise<Line>
  /** Runs a statement in the program. */
  sql(statement: string): Promise<Line>
  /** Lets the program close the storage and end. */
  close(): Promise<Line>
  kill(): Promise<void>
  /** What it told its log so far. */
  logged: string[]
}

/** A folder of a test's own for data, removed with whatever still runs in it. */
export async function dataFolder(t: Pick<Test, 'teardown'>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tracker-links-data-')))
  t.teardown(async () => {
    const paths = clusterPaths(join(folder, 'postgres'))
    const left = await readPostmasterFile(paths)
    if (left) await stopPostmaster(paths, left.pid)
    await rm(folder, { recursive: true, force: true, maxRetries: 20 })
  })
  return folder
}

/** Process id of the PostgreSQL of a data folder. */
export async function postgresOf(folder: string): Promise<number> {
  const found = await readPostmasterFile(clusterPaths(join(folder, 'postgres')))
  if (found === undefined) throw new Error(`no PostgreSQL runs in ${folder}`)
  return found.pid
}

/** Opens a storage in a process of its own, which is killed when the test is over. */
export function storageProcess(
  t: Pick<Test, 'teardown'>,
  options: Omit<OpenStorageOptions, 'log'>,
  spawning: { env?: Record<string, string>; uid?: number; gid?: number } = {},
): StorageProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'storage-program.ts'), JSON.stringify(options)], {
    env: { PATH: process.env.PATH ?? '' },
    ...spawning,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const exit = once(child, 'exit')
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
    child.kill('SIGKILL')
    await exit
  }
  t.teardown(kill)
  return {
    child,
    logged,
    next,
    kill,
    sql: statement => {
      child.stdin.write(`${statement}\n`)
      return next()
    },
    close: async () => {
      child.stdin.end()
      const line = await next()
      await exit
      return line
    },
  }
}
