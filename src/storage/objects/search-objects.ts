import { Problem } from '../../errors/problem.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { readDatabaseFault } from '../database/connection/database-fault.ts'
import type { Queries } from '../database/queries.ts'
import { type StoredObject, storedObject } from './stored-object.ts'

/** Conditions for objects of an application; an object must meet all of them. */
export type ObjectFilter = {
  keyPrefix?: string | undefined
  /** Text that the summary contains, in upper or lower case. */
  summary?: string | undefined
  /** The whole name of the status. */
  status?: string | undefined
  /** Changed in its application at this moment or later: the card's `updated`. */
  updatedSince?: Date | undefined
}

/** Objects in the order of their keys, at most `limit`, after the key `after` or after the first `skip`. */
export async function searchObjects(
  prisma: Queries,
  applicationId: string,
  filter: ObjectFilter,
  { after, skip = 0, limit }: { after?: RemoteKey; skip?: number; limit: number },
): Promise<StoredObject[]> {
  const rows = await within(prisma, filter, queries =>
    queries.linkedObject.findMany({
      where: { ...conditions(applicationId, filter), ...(after !== undefined && { AND: { key: { gt: after } } }) },
      orderBy: { key: 'asc' },
      skip,
      take: limit,
    }),
  )
  return rows.map(storedObject)
}

/** How many objects match. */
export function countObjects(prisma: Queries, applicationId: string, filter: ObjectFilter): Promise<number> {
  return within(prisma, filter, queries => queries.linkedObject.count({ where: conditions(applicationId, filter) }))
}

/** Whether a search reads every object, or every one with the prefix, because no index finds what it asks for. */
export const isScan = ({ summary, status, updatedSince }: ObjectFilter): boolean =>
  [summary, status, updatedSince].some(condition => condition !== undefined)

/** Milliseconds that a scan may take. The server ends it, also behind a pooler that refuses limits of sessions. */
const longestScan = 2_400

/** A scan has a time limit, and one processor: the others are for Tracker's calls. Throws Problem `search-too-long`. */
async function within<T>(prisma: Queries, filter: ObjectFilter, search: (queries: Queries) => Promise<T>): Promise<T> {
  if (!isScan(filter)) return search(prisma)
  try {
    return await prisma.$transaction(
      async tx => {
        await tx.$queryRaw`
          SELECT set_config('statement_timeout', ${String(longestScan)}, true),
                 set_config('max_parallel_workers_per_gather', '0', true)`
        return search(tx)
      },
      { timeout: 2 * longestScan },
    )
  } catch (error) {
    if (readDatabaseFault(error)?.sqlState !== canceled) throw error
    throw new Problem(
      'search-too-long',
      `No index finds ${namesOf(filter)}, and reading all objects that may fit takes longer than ${longestScan / 1_000} s.`,
      { cause: error },
    )
  }
}

/** It ran into `statement_timeout`. */
const canceled = '57014'

const namesOf = ({ summary, status, updatedSince }: ObjectFilter) =>
  Object.entries({ summary, status, updatedSince })
    .flatMap(([name, value]) => (value === undefined ? [] : [name]))
    .join(', ')

const conditions = (applicationId: string, { keyPrefix, summary, status, updatedSince }: ObjectFilter) => ({
  applicationId,
  ...(keyPrefix !== undefined && { key: { startsWith: literally(keyPrefix) } }),
  ...(summary !== undefined && { summary: { contains: literally(summary), mode: 'insensitive' as const } }),
  ...(status !== undefined && { statusName: status }),
  ...(updatedSince !== undefined && { updated: { gte: updatedSince } }),
})

/** Escapes the wildcards of LIKE, which Prisma passes on. */
const literally = (text: string) => text.replaceAll(/[\\%_]/g, String.raw`\$&`)
