import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
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
  const rows = await prisma.linkedObject.findMany({
    where: { ...conditions(applicationId, filter), ...(after !== undefined && { AND: { key: { gt: after } } }) },
    orderBy: { key: 'asc' },
    skip,
    take: limit,
  })
  return rows.map(storedObject)
}

/** How many objects match. */
export function countObjects(prisma: Queries, applicationId: string, filter: ObjectFilter): Promise<number> {
  return prisma.linkedObject.count({ where: conditions(applicationId, filter) })
}

const conditions = (applicationId: string, { keyPrefix, summary, status, updatedSince }: ObjectFilter) => ({
  applicationId,
  ...(keyPrefix !== undefined && { key: { startsWith: literally(keyPrefix) } }),
  ...(summary !== undefined && { summary: { contains: literally(summary), mode: 'insensitive' as const } }),
  ...(status !== undefined && { statusName: status }),
  ...(updatedSince !== undefined && { updated: { gte: updatedSince } }),
})

/** Escapes the wildcards of LIKE, which Prisma passes on. */
const literally = (text: string) => text.replaceAll(/[\\%_]/g, String.raw`\$&`)
