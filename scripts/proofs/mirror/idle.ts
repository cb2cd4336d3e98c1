import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, untilFollowed } from './changes.ts'
import { startMirror } from './servers.ts'

export type Idle = { queriesPerSecond: number; connections: number }

/** Seconds that a server is watched. */
const seconds = 20

/**
 * What a server that nobody calls asks its database, and the connections that it has. What is asked is counted in PostgreSQL's own log:
 * its counter of transactions comes late, and has more in it than what clients ask.
 */
export async function watchIdle(
  { database, logFile }: { database: Database; logFile: string },
  env: Record<string, string>,
  ...words: string[]
): Promise<Idle> {
  const server = await startMirror(env, ...words)
  if (words.length === 0) await untilFollowed(database)
  await sleep(3_000)
  await logStatements(database, 'all')
  const before = countStatements(logFile)
  await sleep(seconds * 1_000)
  const asked = countStatements(logFile) - before
  await logStatements(database, 'none')
  const [row] = await database.$queryRaw<[{ connections: number }]>`
    SELECT count(*)::int AS connections FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'`
  await server.stop()
  return { queriesPerSecond: asked / seconds, connections: row.connections }
}

async function logStatements(database: Database, which: 'all' | 'none'): Promise<void> {
  await database.$executeRawUnsafe(`ALTER SYSTEM SET log_statement = '${which}'`)
  await database.$queryRaw`SELECT pg_reload_conf()`
  // Each session reads it when it is asked next.
  await sleep(1_500)
}

const countStatements = (logFile: string): number =>
  readFileSync(logFile, 'utf8').match(/ LOG: {2}(?:execute |statement: )/g)?.length ?? 0
