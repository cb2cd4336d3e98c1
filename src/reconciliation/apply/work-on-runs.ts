import { setTimeout as sleep } from 'node:timers/promises'
import type { Application } from '../../config/schema.ts'
import { outsideCalls } from '../../logging/call.ts'
import type { Logger } from '../../logging/logger.ts'
import type { LinkFeed } from '../../storage/links/link-feed.ts'
import type { Storage } from '../../storage/open-storage.ts'
import { claimRuns } from '../../storage/reconciliation/claim-runs.ts'
import type { HeldRun } from '../../storage/reconciliation/run-progress.ts'
import type { TrackerClients } from '../tracker-clients.ts'
import { carryOutRun } from './carry-out-run.ts'

/** Works on runs that wait for a server, and goes on with those whose process died. */
export type RunWorker = {
  /** From now on for these applications: a run of another is stopped, and waits. */
  use: (applications: readonly Application[]) => void
  /** A run was started: it is not to wait for the next look. */
  wake: () => void
  /** Stops the runs of this process; others go on with them. */
  stop: () => Promise<void>
}

type Options = {
  database: Storage['management']
  feed: LinkFeed
  trackers: Pick<TrackerClients, 'trackerOf'>
  log: Logger
}

type Working = Options & {
  applications: ReadonlyMap<string, Application>
  /** Runs of this process, by their ids. */
  runs: Map<string, { applicationId: string; stop: AbortController; ended: Promise<void> }>
  wake: PromiseWithResolvers<void>
  stop: AbortController
}

/** Runs at once, and milliseconds between two looks: with the lease of a run, a dead process is replaced within 30 s. */
const usual = { runs: 4, look: 10_000 }

/** Any number of processes may on one database: each run is worked on by one. */
export function workOnRuns(options: Options, look = usual.look): RunWorker {
  const working: Working = {
    ...options,
    applications: new Map(),
    runs: new Map(),
    wake: Promise.withResolvers(),
    stop: new AbortController(),
  }
  const kept = outsideCalls(() => keepOn(working, look))
  const wake = () => working.wake.resolve()
  return {
    use(applications) {
      const reachable = applications.filter(({ organization }) => organization !== undefined)
      working.applications = new Map(reachable.map(application => [application.id, application]))
      for (const { applicationId, stop } of working.runs.values())
        if (!working.applications.has(applicationId)) stop.abort()
      wake()
    },
    wake,
    async stop() {
      working.stop.abort()
      wake()
      await kept
      for (const { stop } of working.runs.values()) stop.abort()
      await Promise.all(Array.from(working.runs.values(), ({ ended }) => ended))
    },
  }
}

async function keepOn(working: Working, look: number): Promise<void> {
  const { log, stop } = working
  while (!stop.signal.aborted) {
    await takeRuns(working).catch(error => log.warn({ err: error }, 'runs could not be looked for; it is tried again'))
    await Promise.race([working.wake.promise, sleep(look, undefined, { ref: false, signal: stop.signal })]).catch(
      () => {},
    )
    working.wake = Promise.withResolvers()
  }
}

async function takeRuns(working: Working): Promise<void> {
  const { database, applications, runs } = working
  const limit = usual.runs - runs.size
  if (limit <= 0 || applications.size === 0) return
  for (const { id, token, applicationId } of await claimRuns(database, [...applications.keys()], limit))
    carryOut(working, { id, token }, applicationId)
}

function carryOut(working: Working, held: HeldRun, applicationId: string): void {
  const { database, feed, log, trackers, applications, runs } = working
  const application = applications.get(applicationId)
  const tracker = application && trackers.trackerOf(application)
  // The configuration has changed since the claim: the lease runs out.
  if (application === undefined || tracker === undefined) return
  const stop = new AbortController()
  const listener = {
    away: (reason: string | undefined) =>
      reason === undefined
        ? log.info({ run: held.id, applicationId }, 'Tracker answers again: the reconciliation goes on')
        : log.warn({ run: held.id, applicationId, reason }, 'Tracker is away: a reconciliation waits'),
  }
  const ground = { database, feed, log, tracker, application, listener, signal: stop.signal }
  const ended = carryOutRun(ground, held, { leftFor: 'at once' })
    .then(end => log.info({ run: held.id, applicationId, end }, 'a reconciliation of this process has ended'))
    .catch(error => log.error({ run: held.id, applicationId, err: error }, 'a reconciliation could not be ended'))
    .finally(() => {
      runs.delete(held.id)
      working.wake.resolve()
    })
  runs.set(held.id, { applicationId, stop, ended })
}
