import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, untilFollowed } from './changes.ts'
import { startMirror } from './servers.ts'

export type Idle = { queriesPerSecond: number; connections: number }

/** Seconds that a server is watched. */
const seconds = 20

/** What a server that nobody calls asks its database, and the connections that it has. */
export async function watchIdle(database: Database, env: Record<string, string>, ...words: string[]): Promise<Idle> {
  const server = await startMirror(env, ...words)
  if (words.length === 0) await untilFollowed(database)
  await sleep(3_000)
  const read = async () => {
    const [row] = await database.$queryRaw<[{ commits: number; connections: number }]>`
      SELECT xact_commit::int AS commits, (SELECT count(*)::int FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend') AS connections
      FROM pg_stat_database WHERE datname = current_database()`
    return row
  }
  const before = await read()
  await sleep(seconds * 1_000)
  const after = await read()
  await server.stop()
  return { queriesPerSecond: (after.commits - before.commits) / seconds, connections: after.connections }
}
