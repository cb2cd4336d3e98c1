import { setTimeout as sleep } from 'node:timers/promises'
import type { Caller } from '../rolling/caller.ts'
import { callerOf } from '../rolling/caller.ts'
import { callOpenLoop, type Load } from '../rolling/open-loop.ts'
import type { WorkersServer } from './server.ts'

export type Killing = { load: Load; kills: number; repeated: number }

/**
 * A client that keeps its connections, and repeats a call whose connection ended before there was an answer: as HTTP allows for GET
 * and DELETE, and docs/deploy.md for POST, too. What is refused is not repeated: a server that is there refuses none.
 */
function repeating(address: string, count: { repeated: number }): Caller {
  const call = callerOf(address)
  return async (...words) => {
    for (let tries = 1; ; tries++) {
      try {
        return await call(...words)
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException
        if (!['ECONNRESET', 'EPIPE'].includes(code) || tries === 20) throw error
        count.repeated++
      }
    }
  }
}

/** For so many seconds kills a process each second, as soon as all are there, under so many calls a second. */
export async function killUnderLoad(
  server: WorkersServer,
  {
    seconds,
    kill,
    name,
    rate,
  }: { seconds: number; kill: (server: WorkersServer) => Promise<void>; name: string; rate: number },
): Promise<Killing> {
  const count = { repeated: 0 }
  const state = { isOver: false }
  const loading = callOpenLoop(repeating(`127.0.0.1:${server.port}`, count), name, () => state.isOver, rate)
  let kills = 0
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; ) {
    await sleep(1_000)
    while (!(await server.isWhole().catch(() => false))) await sleep(50)
    await kill(server)
    kills++
  }
  await sleep(1_000)
  state.isOver = true
  return { load: await loading, kills, repeated: count.repeated }
}

/** The oldest of its workers; the others are replacements of former ones. */
export async function killOldest({ pids }: WorkersServer): Promise<void> {
  const [oldest] = pids()
  if (oldest !== undefined) process.kill(oldest, 'SIGKILL')
}

/** Prints one line; returns how many calls failed. */
export function tellKilling(what: string, { load, kills, repeated }: Killing): number {
  const failed = [...load.failed.values()].reduce((sum, count) => sum + count, 0)
  const reasons = [...load.failed].map(([reason, count]) => `${count} × ${reason}`).join(', ')
  const longest = Math.round(Math.max(...load.took))
  console.log(
    `${what}: ${load.calls} calls, ${kills} kills, ${failed} failed${reasons && ` (${reasons})`}, ${repeated} repeated after a reset; the longest took ${longest} ms`,
  )
  return failed
}
