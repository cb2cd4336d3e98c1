import { noteMove } from '../../links/moved-issues.ts'
import type { Outcome } from '../../storage/reconciliation/plan-outcomes.ts'
import { TrackerError } from '../../tracker-client/tracker-error.ts'
import { patiently, whenDatabaseAnswers } from '../compare/patience.ts'
import type { PlanLine } from '../compare/plan-line.ts'
import type { OpenRun } from '../compare/run-ground.ts'

/** Gives the links of a former key to the present key of their issue, if Tracker still says that it is the same issue. */
export async function carryOutMove(run: OpenRun, { issueKey, issueId, formerKey }: PlanLine): Promise<Outcome> {
  if (formerKey === undefined) return 'failed'
  try {
    const issue = await patiently(run.patience, () => run.calls.issues.get(formerKey))
    if (issue.key !== issueKey || issue.id !== issueId) return 'stale'
    const move = { issueId: issue.id, key: issue.key, formerKeys: [...issue.aliases, formerKey] }
    await whenDatabaseAnswers(run.signal, () => noteMove(run.database, run.application.id, move))
    return 'done'
  } catch (error) {
    if (!(error instanceof TrackerError) || error.status === 401) throw error
    return 'unreadable'
  }
}
