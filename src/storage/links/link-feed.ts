import type { PrismaClient } from '../prisma-client/client.ts'
import type { LinkEventModel } from '../prisma-client/models.ts'
import { shareWork } from '../work/shared-work.ts'
import { untilWritersEnd } from './open-writers.ts'

/** The cursor of a reader: the last event it has read. The time tells that event from one with its id in a restored database. */
export type FeedPlace = { id: bigint; occurredAt: Date }

/** Events after a place, and whether more are known to follow: some may be held back, see `read`. */
export type FeedStretch = { events: readonly LinkEventModel[]; more: boolean }

/** Does a query of a reader when it may; it holds nothing while it waits for writers. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

export type LinkFeed = ReturnType<typeof linkFeed>

/**
 * The events of all links in an order that does not change: a reader that continues after the last event it has misses
 * none, although transactions end in another order than they began. Errors are the driver's.
 *
 * The order is that of the ids. An id is assigned within a statement that already holds its lock on the table, and
 * PostgreSQL makes a transaction visible before it releases its locks. So once an id was seen, and the transactions that
 * held the lock after that have ended, no lower id can appear. Writers wait for nobody and do nothing for this. A reader
 * waits for them at most `longestWait` milliseconds; they take a few.
 */
export function linkFeed(prisma: PrismaClient, longestWait = 1_000) {
  // Readers that come at the same time wait together.
  const writersEnd = shareWork<undefined, boolean>({
    run: async readers => {
      const over = await untilWritersEnd(prisma, ['link_event'], longestWait)
      return readers.map(() => over)
    },
    alike: () => true,
    weight: () => 1,
    heaviest: Infinity,
    heavy: Infinity,
    touches: () => [],
  })
  return {
    /**
     * At most `limit` events of an application after a place; without a place, from the first on. Undefined if not all events
     * after the place are stored: it is of a database that was restored from an older backup, or older events were removed. If
     * a transaction that writes events stays open longer than `longestWait`, the answer has no events, but `more`.
     */
    read(
      applicationId: string,
      place: FeedPlace | undefined,
      limit: number,
      inTurn: InTurn = work => work(),
    ): Promise<FeedStretch | undefined> {
      return readStretch({ prisma, writersEnd: () => writersEnd(undefined), inTurn }, applicationId, place, limit)
    },

    /**
     * The place of the last event, once everything up to there is visible: a copy of the links that is made afterwards
     * misses nothing of it. Undefined: no event was ever stored. `isOpen`: a transaction that writes events stays open.
     */
    async end(applicationId: string): Promise<{ place: FeedPlace | undefined; isOpen: boolean }> {
      const where = { applicationId }
      const last = await prisma.linkEvent.findFirst({ where, orderBy: { id: 'desc' } })
      const isOpen = !(await writersEnd(undefined))
      return { place: last ?? (await lastRemoved(prisma, applicationId)) ?? undefined, isOpen }
    },

    /** Whether a reader at this place may wait for events: the place is known, and fewer than `limit` events follow it. */
    async mayWait(applicationId: string, place: FeedPlace | undefined, limit: number): Promise<boolean> {
      const { isKnown, events } = await lookAhead(prisma, applicationId, place, limit)
      return isKnown && events < limit
    },

    /** The id of the latest visible event of an application; 0 if there is none. */
    async latest(applicationId: string): Promise<bigint> {
      const [row] = await prisma.$queryRaw<[{ latest: bigint }]>`
        /* latest event */
        SELECT coalesce(max(id), 0) AS latest FROM link_event WHERE application_id = ${applicationId}`
      return row.latest
    },
  }
}

type Reader = { prisma: PrismaClient; writersEnd: () => Promise<boolean>; inTurn: InTurn }

async function readStretch(
  { prisma, writersEnd, inTurn }: Reader,
  applicationId: string,
  place: FeedPlace | undefined,
  limit: number,
): Promise<FeedStretch | undefined> {
  const { isKnown, last } = await inTurn(() => lookAhead(prisma, applicationId, place, limit + 1))
  if (!isKnown) return undefined
  if (last === null) return { events: [], more: false }
  if (!(await writersEnd())) return { events: [], more: true }
  const events = await inTurn(() =>
    prisma.linkEvent.findMany({
      where: { applicationId, id: { gt: place?.id ?? 0n, lte: last } },
      orderBy: { id: 'asc' },
      take: limit + 1,
    }),
  )
  // Asked last: what was removed meanwhile would be missing among the events.
  if (isRemovedAfter(place, await inTurn(() => lastRemoved(prisma, applicationId)))) return undefined
  return { events: events.slice(0, limit), more: events.length > limit }
}

type AheadRow = {
  occurredAt: Date | null
  removedId: bigint | null
  removedAt: Date | null
  last: bigint | null
  events: number
}

/** Whether all events after a place are stored, how many events follow it (counted up to `limit`), and the last id of those. */
async function lookAhead(prisma: PrismaClient, applicationId: string, place: FeedPlace | undefined, limit: number) {
  const id = place?.id ?? 0n
  const [row] = await prisma.$queryRaw<[AheadRow]>`
    /* look ahead in feed */
    SELECT (SELECT occurred_at FROM link_event WHERE application_id = ${applicationId} AND id = ${id}) AS "occurredAt",
           (SELECT id FROM removed_event WHERE application_id = ${applicationId}) AS "removedId",
           (SELECT occurred_at FROM removed_event WHERE application_id = ${applicationId}) AS "removedAt",
           max(id) AS last, count(*)::int AS events
    FROM (SELECT id FROM link_event WHERE application_id = ${applicationId} AND id > ${id} ORDER BY id LIMIT ${limit})
      AS ahead`
  const { last, events, removedId, removedAt } = row
  const removed = removedId !== null && removedAt !== null ? { id: removedId, occurredAt: removedAt } : undefined
  const occurredAt = removed && removed.id === place?.id ? removed.occurredAt : row.occurredAt
  const isStored = place?.occurredAt.getTime() === occurredAt?.getTime()
  return { isKnown: isStored && !isRemovedAfter(place, removed), last, events }
}

/** The newest event of an application that was removed because of its age. */
const lastRemoved = (prisma: PrismaClient, applicationId: string): Promise<FeedPlace | null> =>
  prisma.removedEvent.findUnique({ where: { applicationId } })

/** Whether events after a place were removed; without a place, whether any was. */
const isRemovedAfter = (place: FeedPlace | undefined, removed: FeedPlace | null | undefined): boolean =>
  removed != null && (place?.id ?? 0n) < removed.id
