import type { RepairOf } from '../../config/schema.ts'
import type { Queries } from '../database/queries.ts'
import { addRun, holdRuns } from './start-run.ts'

/** An application whose runs begin by themselves. */
export type ScheduledApplication = { applicationId: string; everyHours: number; repair: RepairOf }

/** Who starts a run that begins by itself. */
export const schedule = 'schedule'

/** A run that is further ahead was started before the clock went back: it holds up no other. */
const furthestAhead = '1 min'
/** A run that is due and that nobody has worked on for so long is of no server any more. Longer than a rolling restart. */
const forgottenAfter = '10 min'

/**
 * The applications whose next run is due: none has begun by the schedule for so long, and none is waiting or running. Only the
 * database's clock counts, and a run that is late is not made up for: however far the clock jumps, one run is due.
 */
export async function findDueApplications(
  database: Queries,
  applications: readonly ScheduledApplication[],
): Promise<readonly ScheduledApplication[]> {
  if (applications.length === 0) return []
  const ids = applications.map(({ applicationId }) => applicationId)
  const hours = applications.map(({ everyHours }) => everyHours)
  const due = await database.$queryRaw<{ id: string }[]>`
    SELECT id FROM unnest(${ids}::text[], ${hours}::int[]) AS wanted (id, hours)
    WHERE NOT EXISTS (
      SELECT FROM reconciliation_run AS run WHERE run.application_id = wanted.id AND (
        ended_at IS NULL
        OR started_by = ${schedule} AND started_at > now() - make_interval(hours => wanted.hours)
          AND started_at <= now() + ${furthestAhead}::interval))`
  const found = new Set(due.map(({ id }) => id))
  return applications.filter(({ applicationId }) => found.has(applicationId))
}

/** Starts a run of an application if it is still due: of several servers that ask at once, one starts it. */
export function startDueRun(database: Queries, application: ScheduledApplication): Promise<string | undefined> {
  const { applicationId, repair } = application
  return database.$transaction(async tx => {
    await holdRuns(tx, applicationId)
    const [due] = await findDueApplications(tx, [application])
    return due && (await addRun(tx, { applicationId, scope: { all: true }, repair, startedBy: schedule }))
  })
}

/** Cancels runs of other applications that wait for a server that has theirs. Returns them. */
export function cancelForgottenRuns(
  database: Queries,
  applicationIds: readonly string[],
): Promise<{ id: string; applicationId: string }[]> {
  const reason = 'The application is no longer in the configuration, or has no organization any more.'
  return database.$queryRaw`
    UPDATE reconciliation_run
    SET state = 'cancelled', reason = ${reason}, ended_at = now(), next_at = NULL, lease_until = NULL, lease_token = NULL
    WHERE ended_at IS NULL AND application_id <> ALL(${[...applicationIds]}::text[])
      AND next_at <= now() - ${forgottenAfter}::interval AND coalesce(lease_until <= now(), true)
    RETURNING id, application_id AS "applicationId"`
}
