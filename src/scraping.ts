import type { Config } from './config/schema.ts'
import type { CallCounts } from './metrics/call-counts.ts'
import type { Samples } from './metrics/exposition.ts'
import { askedLately, askLately } from './metrics/lately.ts'
import { readProcess, watchEventLoop } from './metrics/process-readings.ts'
import { type Readings, samplesOf } from './metrics/scrape.ts'
import type { Load } from './overload/front.ts'
import { replica } from './request-log/waiting-calls.ts'
import { mirrorFollower } from './storage/links/followers.ts'
import { mirrorStandings } from './storage/mirror/mirror-standing.ts'
import type { Storage } from './storage/open-storage.ts'

export type ScrapingOptions = {
  counts: CallCounts
  storage: Pick<Storage, 'management' | 'pools'>
  load: Load
  clock: { now: () => number }
  /** What is served now. */
  served: () => { config: Config; standing: () => Pick<Readings, 'memory' | 'breakers'> }
}

type Scraping = { scrape: () => Promise<Samples>; close: () => void }

/** What Prometheus is told of a server. Nothing is gathered between two scrapes but what calls count and how late the event loop is. */
export function openScraping({ counts, storage, load, clock, served }: ScrapingOptions): Scraping {
  const eventLoop = watchEventLoop()
  const ask = async () => {
    const followed = served().config.applications.filter(({ organization }) => organization !== undefined)
    const ids = followed.map(({ id }) => id)
    return await mirrorStandings(storage.management, ids, mirrorFollower)
  }
  const asked = askedLately(ask, () => clock.now())
  return {
    close: () => eventLoop.disable(),
    scrape: async () => {
      const database = await askLately(asked)
      const { config, standing } = served()
      return samplesOf({
        ...standing(),
        counts,
        applicationIds: config.applications.map(({ id }) => id),
        inFlight: { changes: load.changes.total, cards: load.cards.total },
        pools: storage.pools(),
        database,
        follower: mirrorFollower,
        process: readProcess(eventLoop),
        replica,
      })
    },
  }
}
