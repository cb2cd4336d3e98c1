import { Problem } from '../../errors/problem.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Queries } from '../database/queries.ts'
import type { Prisma } from '../prisma-client/client.ts'
import { type KeyRange, keysWith } from './key-range.ts'
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

/** Objects that a search by number of page may have to read: it reads them twice, to show some and to count all that fit. */
const mostRead = 50_000
/** Objects that `findObjects` reads in one step, and the milliseconds after which it begins no further step. */
const stepObjects = 5_000
const longestSearch = 100

/** `upTo`: not all objects were looked at, only those up to this key. */
export type FoundObjects = { objects: StoredObject[]; upTo?: RemoteKey }

/**
 * The next objects after the key `after`, in the order of their keys, at most `limit`. However many objects there are, it ends
 * after about `longest` milliseconds, with those that it has found by then, which may be none.
 */
export async function findObjects(
  prisma: Queries,
  applicationId: string,
  filter: ObjectFilter,
  { after, limit, longest = longestSearch }: { after?: RemoteKey; limit: number; longest?: number },
): Promise<FoundObjects> {
  const end = performance.now() + longest
  const { keys, fits, unindexed } = await searchOf(prisma, filter)
  const objects: StoredObject[] = []
  for (let from = after; ; ) {
    const key = { ...keys, ...(from !== undefined && { gt: from }) }
    const last = unindexed.length > 0 ? await keyAt(prisma, { applicationId, key }, stepObjects - 1) : undefined
    const rows = await prisma.linkedObject.findMany({
      where: { applicationId, key: { ...key, ...(last !== undefined && { lte: last }) }, AND: fits },
      orderBy: { key: 'asc' },
      take: limit - objects.length,
    })
    objects.push(...rows.map(storedObject))
    if (last === undefined || objects.length === limit) return { objects }
    if (performance.now() > end) return { objects, upTo: last }
    from = last
  }
}

/**
 * Objects in the order of their keys, at most `limit` after the first `skip`. Throws Problem `search-too-wide` if too many objects
 * would have to be read.
 */
export async function searchObjects(
  prisma: Queries,
  applicationId: string,
  filter: ObjectFilter,
  { skip = 0, limit }: { skip?: number; limit: number },
): Promise<StoredObject[]> {
  const { keys, fits, unindexed } = await searchOf(prisma, filter)
  const reads = unindexed.length > 0
  if (reads && (await keyAt(prisma, { applicationId, key: keys }, mostRead)) !== undefined)
    throw new Problem(
      'search-too-wide',
      `No index finds ${unindexed.join(', ')}, and more than ${mostRead.toLocaleString('en')} objects would have to be read.`,
    )
  const where = { applicationId, key: keys, AND: fits }
  const start = skip === 0 || reads ? undefined : await keyAt(prisma, where, skip - 1)
  if (skip > 0 && !reads && start === undefined) return []
  const rows = await prisma.linkedObject.findMany({
    where: { ...where, key: { ...keys, ...(start !== undefined && { gt: start }) } },
    orderBy: { key: 'asc' },
    skip: reads ? skip : 0,
    take: limit,
  })
  return rows.map(storedObject)
}

/** How many objects match, counted up to `most`. */
export async function countObjects(
  prisma: Queries,
  applicationId: string,
  filter: ObjectFilter,
  most?: number,
): Promise<number> {
  const { keys, fits } = await searchOf(prisma, filter)
  return prisma.linkedObject.count({
    where: { applicationId, key: keys, AND: fits },
    ...(most !== undefined && { take: most }),
  })
}

/** Whether a search has to read objects, because no index finds all of its conditions. */
export const readsObjects = async (prisma: Queries, filter: ObjectFilter): Promise<boolean> =>
  (await searchOf(prisma, filter)).unindexed.length > 0

/** The part of the index that a search looks at; what else an object must fit; and the conditions for which objects are read. */
type Search = { keys: KeyRange; fits: Prisma.LinkedObjectWhereInput; unindexed: string[] }

async function searchOf(prisma: Queries, filter: ObjectFilter): Promise<Search> {
  const { keyPrefix, summary, status, updatedSince } = filter
  const keys = keyPrefix === undefined ? {} : await keysWith(prisma, keyPrefix)
  const fits = {
    ...(keyPrefix !== undefined && keys === undefined && { key: { startsWith: literally(keyPrefix) } }),
    ...(summary !== undefined && { summary: { contains: literally(summary), mode: 'insensitive' as const } }),
    ...(status !== undefined && { statusName: status }),
    ...(updatedSince !== undefined && { updated: { gte: updatedSince } }),
  }
  const unindexed = Object.entries(filter).flatMap(([name, value]) =>
    value === undefined || (name === 'keyPrefix' && keys !== undefined) ? [] : [name],
  )
  return { keys: keys ?? {}, fits, unindexed }
}

/** The key behind the first `skip` of some objects. The index has it: no object is read. */
async function keyAt(
  prisma: Queries,
  where: Prisma.LinkedObjectWhereInput,
  skip: number,
): Promise<RemoteKey | undefined> {
  const [row] = await prisma.linkedObject.findMany({
    where,
    orderBy: { key: 'asc' },
    skip,
    take: 1,
    select: { key: true },
  })
  return row?.key as RemoteKey | undefined
}

/** Escapes the wildcards of LIKE, which Prisma passes on. */
const literally = (text: string) => text.replaceAll(/[\\%_]/g, String.raw`\$&`)
