import { isDatabaseOut } from '../../storage/database/connection/database-problem.ts'
import { mirrorFollower } from '../../storage/links/followers.ts'
import { forgetMissed, isNewInstallation } from '../../storage/reconciliation/known-links.ts'
import { findRun, type StoredRun } from '../../storage/reconciliation/list-runs.ts'
import {
  endRun,
  type HeldRun,
  leaveRun,
  positionOf,
  type RunCounts,
  RunLost,
  runLease,
  storeProgress,
  tellWaiting,
} from '../../storage/reconciliation/run-progress.ts'
import type { NewRun, RunScope } from '../../storage/reconciliation/start-run.ts'
import { extendLease } from '../../storage/work/claims.ts'
import { shareWork } from '../../storage/work/shared-work.ts'
import { TrackerError } from '../../tracker-client/tracker-error.ts'
import { compareAll } from '../compare/compare-all.ts'
import { createPatience, whenDatabaseAnswers } from '../compare/patience.ts'
import type { OpenRun, RunGround } from '../compare/run-ground.ts'
import { applyPlan } from './apply-plan.ts'
import { catchUp } from './catch-up.ts'
import { whyRefused } from './refuse-plan.ts'

/** How work on a run ended: the run is over, it was told to stop and can go on, or it is another's. */
export type WorkEnd = 'over' | 'stopped' | 'lost'

/** Milliseconds between two extensions of the lease: it outlasts some that fail. */
const extendEvery = (runLease * 1_000) / 4

/**
 * Carries out a run that is held, from where it was left. `leftFor`: who goes on with it if the signal aborts. Failures of Tracker that
 * do not pass end the run, with the reason.
 */
export async function carryOutRun(
  ground: RunGround,
  held: HeldRun,
  { leftFor }: { leftFor: 'at once' | 'asked' },
): Promise<WorkEnd> {
  const { database, log } = ground
  const lost = new AbortController()
  const signal = AbortSignal.any([ground.signal, lost.signal])
  const extend = async () => {
    const lease = { token: held.token, seconds: runLease }
    if (!(await extendLease(database, 'reconciliation_run', { id: held.id }, lease)))
      lost.abort(new RunLost(`Run ${held.id} is worked on elsewhere, or was cancelled.`))
  }
  // While the database is away nobody else claims the run either.
  const timer = setInterval(() => void extend().catch(() => undefined), extendEvery)
  try {
    const stored = await whenDatabaseAnswers(signal, () => findRun(database, held.id))
    if (stored === undefined) return 'lost'
    await work(openRun({ ...ground, signal }, held, stored), stored)
    return 'over'
  } catch (error) {
    if (error instanceof RunLost || lost.signal.aborted) return await howLost(database, held)
    if (ground.signal.aborted || isDatabaseOut(error)) {
      // If the database is away, the lease runs out instead.
      await leaveRun(database, held, leftFor).catch(() => undefined)
      return 'stopped'
    }
    if (!(error instanceof TrackerError))
      log.error({ err: error, run: held.id }, 'a reconciliation failed by an unforeseen fault')
    await fail(ground, held, error)
    return 'over'
  } finally {
    clearInterval(timer)
  }
}

/** Its end may have been stored although the database broke off before it said so. */
async function howLost(database: RunGround['database'], held: HeldRun): Promise<WorkEnd> {
  const run = await findRun(database, held.id)
  return run?.endedAt && run.state !== 'cancelled' ? 'over' : 'lost'
}

function openRun(ground: RunGround, held: HeldRun, stored: StoredRun): OpenRun {
  const position = positionOf(stored)
  const repair = stored.repair as NewRun['repair']
  if (repair !== 'none' && stored.planId === null) position.options.planned = repair
  const run: OpenRun = {
    ...ground,
    held,
    writersStay: writersOf(ground),
    calls: ground.tracker.within({ tries: 1, signal: ground.signal }),
    planId: stored.planId ?? held.id,
    repair,
    position,
    counts: stored.counts as RunCounts,
    patience: createPatience(
      ground.signal,
      reason => {
        ground.listener.away?.(reason)
        // Lists show why a run does not come on.
        void tellWaiting(ground.database, held, reason ?? null).catch(() => undefined)
      },
      ground.pauses,
    ),
  }
  return run
}

/** Issues that are compared at the same time wait together. */
function writersOf({ feed, application }: RunGround): OpenRun['writersStay'] {
  const share = shareWork<undefined, boolean>({
    run: async waiting => {
      const { isOpen } = await feed.end(application.id)
      return waiting.map(() => isOpen)
    },
    alike: () => true,
    weight: () => 1,
    heaviest: Infinity,
    heavy: Infinity,
    touches: () => [],
  })
  return () => share(undefined)
}

async function work(run: OpenRun, stored: StoredRun): Promise<void> {
  const { database, application, signal } = run
  const scope = stored.scope as RunScope
  run.position.isNew ??= await whenDatabaseAnswers(signal, () => isNewInstallation(database, application.id))
  await whenDatabaseAnswers(signal, () => storeProgress(database, run.held, run))
  const isApplied = stored.planId !== null || run.repair !== 'none'
  if (isApplied) await whenDatabaseAnswers(signal, () => catchUp(run))
  if (stored.planId === null && !run.position.isCompared) await compareAll(run, scope)
  const { secondsLeft: _, ...counts } = run.counts
  run.counts = counts
  const refused = isApplied ? await whenDatabaseAnswers(signal, () => whyRefused(run)) : undefined
  if (refused !== undefined) return await end(run, { state: 'refused', reason: refused })
  if (isApplied) await applyPlan(run)
  await end(run, { state: 'finished', reason: null })
  if ('all' in scope && stored.planId === null && run.repair === 'both' && isAllDone(run))
    await forgetMissed(database, application.id, mirrorFollower)
}

/** Whether every difference was repaired. */
const isAllDone = ({ counts: { lines = 0, repaired = 0, busy = 0 } }: OpenRun) => busy === 0 && lines === repaired

const end = (run: OpenRun, { state, reason }: { state: 'finished' | 'refused'; reason: string | null }) =>
  whenDatabaseAnswers(run.signal, () =>
    endRun(run.database, run.held, { state, reason, counts: run.counts }, run.position),
  )

async function fail({ database, signal }: RunGround, held: HeldRun, error: unknown): Promise<void> {
  const reason =
    error instanceof TrackerError ? error.message : 'An unforeseen fault; the log of the program has its details.'
  await whenDatabaseAnswers(signal, async () => {
    const counts = ((await findRun(database, held.id))?.counts ?? {}) as RunCounts
    await endRun(database, held, { state: 'failed', reason, counts })
  })
}
