import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Queries } from '../database/queries.ts'
import { type StoredObject, storedObject } from './stored-object.ts'

/** Which objects of an application are meant: all that fit every condition. */
export type ObjectFilter = {
  keyPrefix?: string | undefined
  /** Text in the summary, in letters of either case. */
  summary?: string | undefined
  /** The whole name of the status. */
  status?: string | undefined
  /** Changed in its application at this moment or later: the card's `updated`. */
  updatedSince?: Date | undefined
}

/** Objects in the order of their keys, at most `limit`: those after the key `after`, or behind the first `skip`. */
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

/** How many objects fit. */
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

/** A text without what LIKE takes for wildcards; Prisma hands it on as it is. */
const literally = (text: string) => text.replaceAll(/[\\%_]/g, String.raw`\$&`)
