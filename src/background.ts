import type { Config } from './config/schema.ts'
import type { Logger } from './logging/logger.ts'
import { workOnRuns } from './reconciliation/apply/work-on-runs.ts'
import { runMirror } from './reconciliation/mirror/run-mirror.ts'
import { openTrackerClients } from './reconciliation/tracker-clients.ts'
import { linkFeed } from './storage/links/link-feed.ts'
import type { Storage } from './storage/open-storage.ts'

/** What a server does that nobody calls it for. */
export type Background = {
  /** From now on for another configuration. */
  use: (config: Config) => void
  /** A link was changed by somebody whose change is sent to Tracker. */
  linksChanged: () => void
  close: () => Promise<void>
}

/** Works for the applications of a configuration, over the connections of the management API. */
export function openBackground(
  config: Config,
  { management, log }: { management: Storage['management']; log: Logger },
): Background {
  const trackers = openTrackerClients(config)
  const ground = { database: management, feed: linkFeed(management), trackers, log }
  const mirror = runMirror(ground)
  mirror.use(config.applications)
  const runs = workOnRuns(ground)
  runs.use(config.applications)
  return {
    use(next) {
      trackers.use(next)
      mirror.use(next.applications)
      runs.use(next.applications)
    },
    linksChanged: mirror.wake,
    async close() {
      await Promise.all([mirror.stop(), runs.stop()])
      await trackers.close()
    },
  }
}
