import type { Queries } from '../database/queries.ts'
import type { LinkEventModel } from '../prisma-client/models.ts'
import type { LinkFilter, Stretch } from './link-keys.ts'
import { whereOf } from './moved/issue-keys.ts'

/** An event as it is stored: one change of one link. */
export type StoredEvent = LinkEventModel

/** The events of links, oldest first, each with the key that its issue had then. A place is the id of an event. */
export async function listHistory(
  database: Queries,
  applicationId: string,
  filter: LinkFilter,
  { after, skip = 0, limit }: Stretch<bigint>,
): Promise<StoredEvent[]> {
  const where = await whereOf(database, applicationId, filter)
  const orderBy = { id: 'asc' } as const
  // The indexes hold the ids, so the skipped events are not read from the table.
  const skipped = { where, orderBy, skip: skip - 1, take: 1, select: { id: true } }
  const start = skip === 0 ? after : (await database.linkEvent.findMany(skipped))[0]?.id
  if (skip > 0 && start === undefined) return []
  return database.linkEvent.findMany({
    where: { ...where, ...(start !== undefined && { id: { gt: start } }) },
    orderBy,
    take: limit,
  })
}

/** How many events match the filter, counted up to `most`. */
export async function countHistory(
  database: Queries,
  applicationId: string,
  filter: LinkFilter,
  most?: number,
): Promise<number> {
  return database.linkEvent.count({
    where: await whereOf(database, applicationId, filter),
    ...(most !== undefined && { take: most }),
  })
}

/** The last events of links, at most `limit`, oldest first. */
export async function recentHistory(
  database: Queries,
  applicationId: string,
  filter: LinkFilter,
  limit: number,
): Promise<StoredEvent[]> {
  const events = await database.linkEvent.findMany({
    where: await whereOf(database, applicationId, filter),
    orderBy: { id: 'desc' },
    take: limit,
  })
  return events.toReversed()
}

/** The moment up to which events of an application were removed because of their age; undefined: none ever was. */
export async function historyRemovedUntil(database: Queries, applicationId: string): Promise<Date | undefined> {
  return (await database.removedEvent.findUnique({ where: { applicationId } }))?.occurredAt
}
