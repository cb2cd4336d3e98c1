import { Problem } from '../../errors/problem.ts'
import { noteMove } from '../../links/moved-issues.ts'
import type { Outcome } from '../../storage/reconciliation/plan-outcomes.ts'
import { TrackerError } from '../../tracker-client/tracker-error.ts'
import { patiently, whenDatabaseAnswers } from '../compare/patience.ts'
import type { PlanLine } from '../compare/plan-line.ts'
import type { OpenRun } from '../compare/run-ground.ts'

/** Gives the links of a former key to the present key of their issue, if Tracker still has the issue under that key. */
export async function carryOutMove(run: OpenRun, line: PlanLine): Promise<Outcome> {
  try {
    return await move(run, line)
  } catch (error) {
    if (error instanceof TrackerError && error.status !== 401) return 'unreadable'
    // A transaction that writes links stays open.
    if (error instanceof Problem && error.code === 'database-busy') return 'failed'
    throw error
  }
}

async function move(run: OpenRun, { issueKey, issueId, formerKey }: PlanLine): Promise<Outcome> {
  const { database, application, calls, patience, signal } = run
  if (issueId === undefined || formerKey === undefined) return 'stale'
  const now = await patiently(patience, () => calls.issues.get(issueId))
  if (now.key !== issueKey) return 'stale'
  const told = { issueId, key: issueKey, formerKeys: [formerKey] }
  await whenDatabaseAnswers(signal, () => noteMove(database, application.id, told))
  return 'done'
}
