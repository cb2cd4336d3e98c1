import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterPaths } from './cluster-paths.ts'
import { isPostmasterOf } from './postmaster-file.ts'

// PostgreSQL's manual, "Shutting Down the Server": SIGINT is fast (sessions are ended, data is written out), SIGQUIT is
// immediate (the next start recovers from the write-ahead log). SIGKILL is for a frozen process or one stuck in the kernel.
const steps = [
  { signal: 'SIGINT', longestWait: 15_000 },
  { signal: 'SIGQUIT', longestWait: 5_000 },
  { signal: 'SIGKILL', longestWait: 5_000 },
] as const

/** Stops the Postgres of this cluster, gently at first; resolves when it has ended. `pid` may no longer be in use. */
export async function stopPostmaster(paths: ClusterPaths, pid: number): Promise<void> {
  for (const { signal, longestWait } of steps) {
    if (!(await isPostmasterOf(paths, pid))) return
    send(pid, signal)
    const end = performance.now() + longestWait
    while (performance.now() < end) {
      if (!(await isPostmasterOf(paths, pid))) return
      await sleep(10)
    }
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
