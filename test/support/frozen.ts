import { runSql } from './test-database.ts'

/** Freezes a PostgreSQL with all that serves it, as an overloaded machine or a stopped container does; returns the thaw. */
export async function freeze(url: string, postmaster: number): Promise<() => void> {
  const sessions = await runSql(url, 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
  const processes = [postmaster, ...sessions.map(({ pid }) => Number(pid))]
  for (const pid of processes) process.kill(pid, 'SIGSTOP')
  return () => {
    for (const pid of processes) process.kill(pid, 'SIGCONT')
  }
}
