import type { Application } from '../../config/schema.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { mirrorFollower, missedBy } from '../../storage/links/followers.ts'
import { listStops, type MirrorStop } from '../../storage/mirror/mirror-stops.ts'
import { type MirrorBacklog, mirrorBacklogs } from '../../storage/mirror/mirror-views.ts'

/** How the mirror of an application stands. */
export type MirrorReport = MirrorBacklog & {
  application: Application
  /** The stop of the whole application, and those of some of its issues. */
  stop: MirrorStop | undefined
  issueStops: readonly MirrorStop[]
}

/** Stopped issues of an application that are named. */
export const mostNamed = 20

/** The reports of those applications that have an organization. */
export async function mirrorReports(database: Queries, applications: readonly Application[]): Promise<MirrorReport[]> {
  const followed = applications.filter(({ organization }) => organization !== undefined)
  if (followed.length === 0) return []
  const ids = followed.map(({ id }) => id)
  const backlogs = await mirrorBacklogs(database, ids, missedBy(mirrorFollower))
  const reports: MirrorReport[] = []
  for (const application of followed) {
    const backlog = backlogs.find(({ applicationId }) => applicationId === application.id)
    if (backlog === undefined) continue
    const stops = await listStops(database, application.id, mostNamed + 1)
    reports.push({
      ...backlog,
      application,
      stop: stops.find(({ issueKey }) => issueKey === ''),
      issueStops: stops.filter(({ issueKey }) => issueKey !== '').slice(0, mostNamed),
    })
  }
  return reports
}
