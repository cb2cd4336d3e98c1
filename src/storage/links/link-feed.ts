import { setTimeout as sleep } from 'node:timers/promises'
import type { PrismaClient } from '../prisma-client/client.ts'
import type { LinkEventModel } from '../prisma-client/models.ts'
import { shareWork } from '../work/shared-work.ts'

/** Where a reader of the feed stands: an event that it has read. The moment tells it from one of a database restored since. */
export type FeedPlace = { id: bigint; occurredAt: Date }

/** Events behind a place, and whether more are known to follow them: some may be held back, see `read`. */
export type FeedStretch = { events: readonly LinkEventModel[]; more: boolean }

export type LinkFeed = ReturnType<typeof linkFeed>

/** Milliseconds between two looks at the writers, the first and the longest. */
const pauses = { first: 2, longest: 50 }

/**
 * The events of all links in an order that holds: whoever reads on from the last event he has got misses none, although
 * transactions end in another order than they began. Errors are the driver's.
 *
 * The order is that of the ids. An id is given within a statement that holds its lock on the table already, and PostgreSQL
 * makes a transaction visible before it lets go of its locks. So once those transactions are over that held the lock after
 * an id was seen, no lower id can appear any more. Writers wait for nobody and do nothing for it; `patience` is how many
 * milliseconds a reader waits for them, who take a few.
 */
export function linkFeed(prisma: PrismaClient, patience = 1_000) {
  // Readers of one moment wait together.
  const writersEnd = shareWork<undefined, boolean>({
    run: async readers => {
      const over = await untilWritersEnd(prisma, patience)
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
     * At most `limit` events of an application behind a place (undefined: from the first); undefined where no such event
     * is stored, as in a database that was restored from an older backup. While a transaction that writes events stays
     * open for longer than `patience`, what comes behind is held back: no events then, but `more`.
     */
    async read(applicationId: string, place: FeedPlace | undefined, limit: number): Promise<FeedStretch | undefined> {
      const { isKnown, last } = await lookAhead(prisma, applicationId, place, limit + 1)
      if (!isKnown) return undefined
      if (last === null) return { events: [], more: false }
      if (!(await writersEnd(undefined))) return { events: [], more: true }
      const events = await prisma.linkEvent.findMany({
        where: { applicationId, id: { gt: place?.id ?? 0n, lte: last } },
        orderBy: { id: 'asc' },
        take: limit + 1,
      })
      return { events: events.slice(0, limit), more: events.length > limit }
    },

    /** Whether a reader at this place loses nothing by waiting: it is known, and fewer than `limit` events are behind it. */
    async mayWait(applicationId: string, place: FeedPlace | undefined, limit: number): Promise<boolean> {
      const { isKnown, events } = await lookAhead(prisma, applicationId, place, limit)
      return isKnown && events < limit
    },

    /** The id of the latest event of an application that can be seen; 0 where there is none. */
    async latest(applicationId: string): Promise<bigint> {
      const [row] = await prisma.$queryRaw<[{ latest: bigint }]>`
        /* latest event */
        SELECT coalesce(max(id), 0) AS latest FROM link_event WHERE application_id = ${applicationId}`
      return row.latest
    },
  }
}

/** Whether the event of a place is there, and how many of the `limit` events behind it, with the last id of those. */
async function lookAhead(prisma: PrismaClient, applicationId: string, place: FeedPlace | undefined, limit: number) {
  const id = place?.id ?? 0n
  const [row] = await prisma.$queryRaw<[{ occurredAt: Date | null; last: bigint | null; events: number }]>`
    /* look ahead in feed */
    SELECT (SELECT occurred_at FROM link_event WHERE application_id = ${applicationId} AND id = ${id}) AS "occurredAt",
           max(id) AS last, count(*)::int AS events
    FROM (SELECT id FROM link_event WHERE application_id = ${applicationId} AND id > ${id} ORDER BY id LIMIT ${limit})
      AS ahead`
  const { last, events, occurredAt } = row
  return { isKnown: place?.occurredAt.getTime() === occurredAt?.getTime(), last, events }
}

/** Waits until all transactions are over that write events at this moment; false where that takes too long. */
async function untilWritersEnd(prisma: PrismaClient, patience: number): Promise<boolean> {
  const end = performance.now() + patience
  let pause = pauses.first
  let writers = await openWriters(prisma)
  while (writers.length > 0) {
    if (performance.now() > end) return false
    await sleep(pause)
    pause = Math.min(2 * pause, pauses.longest)
    const open = new Set(await openWriters(prisma))
    writers = writers.filter(writer => open.has(writer))
  }
  return true
}

/** The transactions that write events, by a name that no other transaction of this server gets. */
async function openWriters(prisma: PrismaClient): Promise<string[]> {
  const rows = await prisma.$queryRaw<{ writer: string }[]>`
    /* open writers */
    SELECT virtualtransaction AS writer FROM pg_locks
    WHERE locktype = 'relation' AND relation = 'link_event'::regclass AND mode = 'RowExclusiveLock' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  return rows.map(({ writer }) => writer)
}
