import type { Session } from '../database/connection/session.ts'
import { inTurn } from './in-turn.ts'

/** Rows that one statement removes. */
const bite = 1_000
/** Days for which the repairs of an issue are counted: a cap is one of a day, and a clock may be wrong by another. */
const repairDays = 2

/**
 * Runs that ended so many days ago. A plan stays while it is being applied, and the last run of a schedule until the next one:
 * by it the schedule knows when that begins, after 99 days at most.
 */
const oldRuns = `
  SELECT id FROM reconciliation_run AS run WHERE ended_at < now() - make_interval(days => $1)
    AND NOT EXISTS (SELECT FROM reconciliation_run AS applying WHERE applying.plan_id = run.id AND applying.ended_at IS NULL)
    AND NOT (started_by = 'schedule' AND started_at > now() - make_interval(days => 100) AND NOT EXISTS (
      SELECT FROM reconciliation_run AS later WHERE later.application_id = run.application_id
        AND later.started_by = 'schedule' AND later.started_at > run.started_at))`

/** Removes runs of reconciliations that ended so many days ago, their lines first. Returns how many runs. */
export async function removeRuns(session: Session, days: number): Promise<number> {
  await inBites(
    session,
    `DELETE FROM plan_line USING (
       SELECT run_id, number FROM plan_line WHERE run_id IN (${oldRuns}) ORDER BY run_id, number LIMIT ${bite}
     ) AS old
     WHERE plan_line.run_id = old.run_id AND plan_line.number = old.number`,
    [days],
  )
  return await inBites(
    session,
    `DELETE FROM reconciliation_run WHERE id IN (
       SELECT id FROM (${oldRuns}) AS old WHERE NOT EXISTS (SELECT FROM plan_line WHERE run_id = old.id) LIMIT ${bite})`,
    [days],
  )
}

/** Removes what was counted of the repairs of days that are over. Returns how many rows. */
export function removeRepairCounts(session: Session): Promise<number> {
  return inBites(
    session,
    `DELETE FROM issue_repairs USING (
       SELECT application_id, issue_key, day FROM issue_repairs
       WHERE day < (now() AT TIME ZONE 'UTC')::date - ${repairDays} ORDER BY day LIMIT ${bite}
     ) AS old
     WHERE issue_repairs.application_id = old.application_id AND issue_repairs.issue_key = old.issue_key
       AND issue_repairs.day = old.day`,
    [],
  )
}

/** Repeats a statement until it has removed less than a bite. Returns how many rows in all. */
async function inBites(session: Session, statement: string, values: readonly number[]): Promise<number> {
  for (let removed = 0; ; ) {
    const count = await inTurn(session, async () => (await session.query(statement, [...values])).rowCount ?? 0)
    removed += count ?? 0
    if (count !== bite) return removed
  }
}
