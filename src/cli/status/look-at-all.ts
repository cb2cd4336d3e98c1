import { type Finding, stateOf } from '../../checks/doctor/finding.ts'
import { inOrder } from '../../checks/doctor/look-at-application.ts'
import type { Application } from '../../config/schema.ts'
import { createLogger } from '../../logging/logger.ts'
import { type MirrorReport, mirrorReports } from '../../reconciliation/mirror/mirror-report.ts'
import { callsOfLastHour, type LastHour } from '../../storage/calls/last-hour.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { type ApplicationTotals, applicationTotals } from '../../storage/reconciliation/application-totals.ts'
import { examine } from '../doctor/examine.ts'
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

/** What the doctor finds of each application, and its numbers. */
export async function lookAtAll(program: Program): Promise<Look> {
  const { applications } = program.config
  const at = new Date()
  const subjects = applications.map(application => ({ application }))
  const { ofAll, own, more } = await examine(program, subjects, {
    // Its own warnings would stand in the middle of the screen; what is wrong is in the look.
    log: createLogger('silent'),
    ask: database => numbersOf(database, applications, at),
  })
  const seen = applications.map((application, place) => {
    const findings = inOrder([...ofAll, ...(own[place] ?? [])])
    return { application, state: stateOf(findings), findings, ...(more?.(application.id) ?? nothing) }
  })
  return { at, away: ofAll.find(({ code }) => unusable.has(code))?.evidence[0], seen }
}

const unusable: ReadonlySet<string> = new Set(['TLK-S03', 'TLK-S04', 'TLK-S05'])
const nothing = { lastHour: undefined, totals: undefined, backlog: undefined }

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
