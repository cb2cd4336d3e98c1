import type { Storage } from '../../../storage/open-storage.ts'

/** Connections of a worker: ten of calls and operators, one that probes, one that listens. */
const ofWorker = 12
/** Those of the primary, and of commands beside it. */
const others = 10

/** Whether PostgreSQL has as many connections as the workers may open, in a sentence if not. */
export async function connectionNotices(
  { management }: Pick<Storage, 'management'>,
  workers: number,
): Promise<string[]> {
  const [found] = await management.$queryRaw<{ most: number }[]>`
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most`
  const needed = workers * ofWorker + others
  if (found === undefined || found.most >= needed) return []
  return [
    `${workers} workers need ${needed} connections (${ofWorker} for each, and ${others}), and PostgreSQL has ${found.most}: raise max_connections there, or lower WORKERS`,
  ]
}
