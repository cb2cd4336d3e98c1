import type { Config } from './config/schema.ts'
import type { Logger } from './logging/logger.ts'
import { workOnRuns } from './reconciliation/apply/work-on-runs.ts'
import { runMirror } from './reconciliation/mirror/run-mirror.ts'
import { keepSchedule, type ScheduleIntervals } from './reconciliation/runs/keep-schedule.ts'
import { openTrackerClients, type TrackerClients } from './reconciliation/tracker-clients.ts'
import { linkFeed } from './storage/links/link-feed.ts'
import type { Storage } from './storage/open-storage.ts'
import { rateBudgetsOf } from './storage/work/rate-budget.ts'

/** What a server does that nobody calls it for. */
export type Background = {
  /** From now on for another configuration. */
  use: (config: Config) => void
  trackers: Pick<TrackerClients, 'trackerOf'>
  /** A link was changed by somebody whose change is sent to Tracker. */
  linksChanged: () => void
  /** A run of a reconciliation was started, for whoever takes it. */
  runStarted: () => void
  close: () => Promise<void>
}

/** Works for the applications of a configuration, over the connections of the management API. */
export function openBackground(
  config: Config,
  { management, log }: { management: Storage['management']; log: Logger },
  intervals?: ScheduleIntervals,
): Background {
  const trackers = openTrackerClients(config, organization => rateBudgetsOf(management, organization))
  const ground = { database: management, feed: linkFeed(management), trackers, log }
  const mirror = runMirror(ground)
  const runs = workOnRuns(ground)
  const schedule = keepSchedule({ database: management, log, started: runs.wake }, intervals)
  const workFor = ({ applications }: Config) => {
    for (const part of [mirror, runs, schedule]) part.use(applications)
  }
  workFor(config)
  return {
    use(next) {
      trackers.use(next)
      workFor(next)
    },
    trackers,
    linksChanged: mirror.wake,
    runStarted: runs.wake,
    async close() {
      await Promise.all([mirror.stop(), runs.stop(), schedule.stop()])
      await trackers.close()
    },
  }
}
