import { setTimeout as sleep } from 'node:timers/promises'
import type { FeedPlace, FeedStretch, InTurn, LinkFeed } from '../storage/links/link-feed.ts'
import { perApplication } from '../storage/work/shared-work.ts'

/** Milliseconds between two looks for new events while readers wait for them. */
const interval = 250

/** What a reader asks for: at most `limit` events behind a place. It waits for the first until `until` is aborted. */
export type FeedQuestion = {
  applicationId: string
  after: FeedPlace | undefined
  limit: number
  until: AbortSignal
  inTurn: InTurn
}

export type ChangeFeed = ReturnType<typeof createChangeFeed>

/**
 * The change feed: every event of an application's links, in an order that holds. Answers undefined if the reader's place is
 * no event of this database, or is followed by events that were removed. However many readers wait, the database is asked for news at most four times a second per
 * application, and a waiting reader gets at most as many pages that are not full.
 */
export function createChangeFeed(feed: LinkFeed) {
  const nextEvent = perApplication(applicationId => watchLatest(() => feed.latest(applicationId)))
  const follow = async ({
    applicationId,
    after,
    limit,
    until,
    inTurn,
  }: FeedQuestion): Promise<FeedStretch | undefined> => {
    // While there are many changes, a reader would come back at once for a few events. So a page that is not full is
    // answered when the next look for new events is due: no later than to a reader that waits already.
    if (!until.aborted && (await inTurn(() => feed.mayWait(applicationId, after, limit))))
      await nextEvent(applicationId)(after?.id ?? 0n, until)
    for (;;) {
      const found = await feed.read(applicationId, after, limit, inTurn)
      if (!found || found.events.length > 0 || until.aborted) return found
      // Events that are held back exist already, so this returns after one interval.
      await nextEvent(applicationId)(after?.id ?? 0n, until)
    }
  }
  return { follow, end: (applicationId: string) => feed.end(applicationId) }
}

type Waiter = { after: bigint; resolve: () => void; reject: (error: unknown) => void }

/** A function that waits until `latest` is higher than a number, or until `until` is aborted. Rejects when `latest` does. */
function watchLatest(latest: () => Promise<bigint>): (after: bigint, until: AbortSignal) => Promise<void> {
  const waiters = new Set<Waiter>()
  let isLooking = false
  const look = async () => {
    isLooking = true
    while (waiters.size > 0) {
      await sleep(interval, undefined, { ref: false })
      // A reader that joins after the question may have seen more than its answer knows.
      const asking = [...waiters]
      if (asking.length === 0) break
      try {
        const found = await latest()
        for (const { after, resolve } of asking) if (found > after) resolve()
      } catch (error) {
        for (const { reject } of asking) reject(error)
      }
    }
    isLooking = false
  }
  return (after, until) =>
    new Promise<void>((resolve, reject) => {
      const leave = () => {
        waiters.delete(waiter)
        until.removeEventListener('abort', waiter.resolve)
      }
      const waiter: Waiter = {
        after,
        resolve: () => {
          leave()
          resolve()
        },
        reject: error => {
          leave()
          reject(error)
        },
      }
      if (until.aborted) return resolve()
      until.addEventListener('abort', waiter.resolve)
      waiters.add(waiter)
      if (!isLooking) void look()
    })
}
