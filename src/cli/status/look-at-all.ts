import { type Finding, stateOf } from '../../checks/doctor/finding.ts'
import { lookAtApplication } from '../../checks/doctor/look-at-application.ts'
import type { Ground } from '../../checks/doctor/probe.ts'
import type { Application } from '../../config/schema.ts'
import { createLogger } from '../../logging/logger.ts'
import { type MirrorReport, mirrorReports } from '../../reconciliation/mirror/mirror-report.ts'
import { openTrackerClients } from '../../reconciliation/tracker-clients.ts'
import { callsOfLastHour, type LastHour } from '../../storage/calls/last-hour.ts'
import { databaseProblem } from '../../storage/database/connection/database-problem.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { StorageFault } from '../../storage/database/storage-fault.ts'
import type { Storage } from '../../storage/open-storage.ts'
import { type ApplicationTotals, applicationTotals } from '../../storage/reconciliation/application-totals.ts'
import { openFoundStorage } from '../find-database/open-found-storage.ts'
import type { Program } from '../open-program.ts'

/** What one look saw of an application. The numbers are not there if the database is away. */
export type Seen = {
  application: Application
  state: string
  findings: readonly Finding[]
  lastHour: LastHour | undefined
  totals: ApplicationTotals | undefined
  backlog: MirrorReport | undefined
}

/** What one look saw of all. `away`: why the database cannot be used. */
export type Look = { at: Date; away: string | undefined; seen: readonly Seen[] }

/** Looks again and again, over the same connections as long as they work. */
export function openLooks(program: Program): { look: () => Promise<Look>; close: () => Promise<void> } {
  const { config } = program
  const trackers = openTrackerClients(config)
  let storage: Storage | undefined
  const look = async (): Promise<Look> => {
    const at = new Date()
    const numbers = await orAway(async () => {
      // Its own warnings would stand in the middle of the screen; what is wrong is in the look.
      storage ??= await openFoundStorage(program, createLogger('silent'), longestWait)
      return await numbersOf(storage.prisma, config.applications, at)
    })
    const away = numbers instanceof Away ? numbers.why : undefined
    const database = away === undefined ? storage?.prisma : undefined
    const ground: Ground = { config, database, trackerOf: trackers.trackerOf, now: Date.now }
    const seen = config.applications.map(async application => {
      const findings = await lookAtApplication(ground, { application })
      const state = away !== undefined && findings.length === 0 ? 'database away' : stateOf(findings)
      const own = numbers instanceof Away ? nothing : numbers(application.id)
      return { application, state, findings, ...own }
    })
    return { at, away, seen: await Promise.all(seen) }
  }
  return {
    look,
    close: async () => {
      await Promise.all([trackers.close(), storage?.close()])
    },
  }
}

/** Milliseconds to wait for a database server: who looks wants to know that it is away. */
const longestWait = 2_000
const nothing = { lastHour: undefined, totals: undefined, backlog: undefined }

class Away {
  readonly why: string
  constructor(why: string) {
    this.why = why
  }
}

async function orAway<T>(work: () => Promise<T>): Promise<T | Away> {
  try {
    return await work()
  } catch (error) {
    const told = error instanceof StorageFault ? error : databaseProblem(error)
    if (told === undefined) throw error
    return new Away(told.message)
  }
}

async function numbersOf(database: Queries, applications: readonly Application[], at: Date) {
  const ids = applications.map(({ id }) => id)
  const [hours, totals, backlogs] = await Promise.all([
    callsOfLastHour(database, ids, at),
    applicationTotals(database, ids),
    mirrorReports(database, applications),
  ])
  return (id: string) => ({
    lastHour: hours.find(({ applicationId }) => applicationId === id),
    totals: totals.find(({ applicationId }) => applicationId === id),
    backlog: backlogs.find(({ applicationId }) => applicationId === id),
  })
}
