import { setTimeout as sleep } from 'node:timers/promises'
import type { FeedPlace, FeedStretch, LinkFeed } from '../storage/links/link-feed.ts'
import { perApplication } from '../storage/work/shared-work.ts'

/** Milliseconds between two looks for new events while readers wait for them. */
const interval = 250

/** What a reader asks for: at most `limit` events behind a place. It waits for the first until `until` is aborted. */
export type FeedQuestion = {
  applicationId: string
  after: FeedPlace | undefined
  limit: number
  until: AbortSignal
}

export type ChangeFeed = ReturnType<typeof createChangeFeed>

/**
 * The change feed: every event of an application's links, in an order that holds. Answers undefined where the place of the
 * reader is no event of this database. However many readers wait, the database is asked for news four times a second at
 * most for each application, and each reader that waits gets at most so many pages that are not full.
 */
export function createChangeFeed(feed: LinkFeed) {
  const nextEvent = perApplication(applicationId => watchLatest(() => feed.latest(applicationId)))
  return async ({ applicationId, after, limit, until }: FeedQuestion): Promise<FeedStretch | undefined> => {
    // Where much is going on, a reader would come back at once for a few events. So a page that is not full is told when
    // the next look for new events is due: no later than to a reader who waits already.
    if (!until.aborted && (await feed.mayWait(applicationId, after, limit)))
      await nextEvent(applicationId)(after?.id ?? 0n, until)
    for (;;) {
      const found = await feed.read(applicationId, after, limit)
      if (!found || found.events.length > 0 || until.aborted) return found
      // Where events are held back they are there already, and this returns after one interval.
      await nextEvent(applicationId)(after?.id ?? 0n, until)
    }
  }
}

type Waiter = { after: bigint; resolve: () => void; reject: (error: unknown) => void }

/** A function that waits until `latest` is higher than a number, or until it need not wait any longer. Rejects where `latest` does. */
function watchLatest(latest: () => Promise<bigint>): (after: bigint, until: AbortSignal) => Promise<void> {
  const waiters = new Set<Waiter>()
  let isLooking = false
  const look = async () => {
    isLooking = true
    while (waiters.size > 0) {
      await sleep(interval, undefined, { ref: false })
      // Who comes after the question may have seen more than its answer knows.
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
