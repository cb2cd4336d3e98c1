import { setTimeout as sleep } from 'node:timers/promises'
import type { Application } from '../../config/schema.ts'
import { outsideCalls } from '../../logging/call.ts'
import type { Logger } from '../../logging/logger.ts'
import type { Queries } from '../../storage/database/queries.ts'
import {
  cancelForgottenRuns,
  findDueApplications,
  type ScheduledApplication,
  startDueRun,
} from '../../storage/reconciliation/scheduled-runs.ts'

export type KeptSchedule = {
  /** From now on the schedules of these applications. */
  use: (applications: readonly Application[]) => void
  stop: () => Promise<void>
}

type Options = {
  database: Queries
  log: Logger
  /** Hears that a run was started. */
  started: () => void
}

/** Milliseconds between two looks; the first one soon, but not of all servers that were started together at one moment. */
export type ScheduleIntervals = { first: number; next: number }

const usualIntervals: ScheduleIntervals = { first: 5_000, next: 60_000 }

/** Starts the runs that are due by the schedules of applications, until it is stopped. Every server of a database may. */
export function keepSchedule({ database, log, started }: Options, intervals = usualIntervals): KeptSchedule {
  const end = new AbortController()
  let applications: readonly Application[] = []
  const pause = (milliseconds: number) =>
    sleep(milliseconds, undefined, { ref: false, signal: end.signal }).catch(() => {})
  const keepOn = async () => {
    await pause(intervals.first * (1 + Math.random()))
    while (!end.signal.aborted) {
      await takeTurn({ database, log, started }, applications).catch(error => {
        if (!end.signal.aborted)
          log.warn({ err: error }, 'no run of the schedules could be started; next try in a minute')
      })
      await pause(intervals.next)
    }
  }
  const kept = outsideCalls(keepOn)
  return {
    use: next => {
      applications = next
    },
    stop: async () => {
      end.abort()
      await kept
    },
  }
}

async function takeTurn({ database, log, started }: Options, applications: readonly Application[]): Promise<void> {
  const reachable = applications.filter(({ organization }) => organization !== undefined)
  const forgotten = await cancelForgottenRuns(
    database,
    reachable.map(({ id }) => id),
  )
  for (const { id, applicationId } of forgotten)
    log.warn({ run: id, application: applicationId }, 'a run was cancelled: no server has its application any more')
  for (const due of await findDueApplications(database, reachable.flatMap(scheduleOf))) {
    const run = await startDueRun(database, due)
    if (run === undefined) continue
    log.info({ run, application: due.applicationId, repair: due.repair }, 'a reconciliation begins by its schedule')
    started()
  }
}

const scheduleOf = ({ id, reconciliation }: Application): ScheduledApplication[] =>
  reconciliation ? [{ applicationId: id, ...reconciliation }] : []
