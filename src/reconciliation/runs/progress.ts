import type { StoredRun } from '../../storage/reconciliation/list-runs.ts'
import type { RunCounts } from '../../storage/reconciliation/run-progress.ts'

/** How far a comparison is: issues, and about how many seconds are left, once that can be told. */
export type Progress = { issues: number; issuesInAll: number; secondsLeft?: number }

/** The progress of a run that compares; undefined before it knows its issues, and once it has compared them all. */
export function progressOf({ state, counts }: Pick<StoredRun, 'state' | 'counts'>): Progress | undefined {
  const { issues = 0, issuesInAll, secondsLeft } = counts as RunCounts
  if (issuesInAll === undefined || (state !== 'running' && state !== 'waiting')) return undefined
  return { issues, issuesInAll, ...(secondsLeft !== undefined && { secondsLeft }) }
}

/** The numbers of what was done and found, without those of the progress. */
export function countsOf({ counts }: Pick<StoredRun, 'counts'>): RunCounts {
  const { secondsLeft: _, issuesInAll: __, ...found } = counts as RunCounts
  return found
}
