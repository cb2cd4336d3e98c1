import type { PlanLine } from '../../reconciliation/compare/plan-line.ts'
import { progressOf } from '../../reconciliation/runs/progress.ts'
import type { StoredLine } from '../../storage/reconciliation/list-plan-lines.ts'
import type { StoredRun } from '../../storage/reconciliation/list-runs.ts'
import type { RunCounts } from '../../storage/reconciliation/run-progress.ts'
import { counted, visible } from '../terminal-text.ts'
import { countsText, repairText } from './line-text.ts'
import { durationText } from './tell-run.ts'

/** The headings of `runRow`. */
export const runHeadings = ['RUN', 'STARTED', 'STATE', 'SCOPE', 'REPAIR', 'BY', 'FOUND']

/** A run as a row of a table. */
export function runRow(run: StoredRun): string[] {
  const { id, startedAt, state, repair, startedBy, planId } = run
  return [
    id,
    startedAt.toISOString(),
    state,
    planId === null ? scopeText(run) : `plan ${planId}`,
    repair,
    startedBy,
    countsText(run.counts as RunCounts),
  ]
}

/** A run in lines. */
export function runText(run: StoredRun): string {
  const rows: [string, string | undefined][] = [
    ['Run', run.id],
    ['Application', run.applicationId],
    ['Applies plan', run.planId ?? undefined],
    ['Scope', scopeText(run)],
    ['Repair', run.repair],
    ['State', run.state],
    ['Reason', run.reason ?? undefined],
    ['Started', `${run.startedAt.toISOString()} by ${run.startedBy}`],
    ['Ended', run.endedAt?.toISOString()],
    ['Progress', progressText(run)],
    ['Found', countsText(run.counts as RunCounts) || undefined],
  ]
  return rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value = '']) => `${name.padEnd(13)} ${visible(value)}`)
    .join('\n')
}

/** `queue TEST`, or `all`. */
function scopeText({ scope }: StoredRun): string {
  const [[name, value] = ['all', true]] = Object.entries(scope as Record<string, string | true>)
  return value === true ? name : `${name} ${value}`
}

function progressText(run: StoredRun): string | undefined {
  const { issues, issuesInAll, secondsLeft } = progressOf(run) ?? {}
  if (issues === undefined || issuesInAll === undefined) return undefined
  const left = secondsLeft === undefined ? '' : `, about ${durationText(secondsLeft)} to go`
  return `${issues.toLocaleString('en-US')} of ${counted(issuesInAll, 'issue')}${left}`
}

/** The headings of `lineRow`. */
export const lineHeadings = ['LINE', 'ISSUE', 'OBJECT', 'DIFFERENCE', 'WHY', 'REPAIR', 'OUTCOME']

/** A line of a plan as a row of a table. */
export function lineRow({ number, issueKey, line, outcome }: StoredLine): string[] {
  const { remoteKey = '', kind, why, repair } = line as object as PlanLine
  return [String(number), issueKey, remoteKey, kind, why, repair ? repairText(repair) : '', outcome ?? '']
}
