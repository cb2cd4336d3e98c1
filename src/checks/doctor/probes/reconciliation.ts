import type { Application } from '../../../config/schema.ts'
import { keysOfIssue } from '../../../storage/links/moved/issue-keys.ts'
import { findLeftDifferences, findRunStanding, type RunStanding } from '../../../storage/reconciliation/run-standing.ts'
import type { IssueKey } from '../../../tracker-contract/issue-key.ts'
import { asEscape, steering } from '../../../values/shell-word.ts'
import type { Finding } from '../finding.ts'
import { momentText } from '../moment-text.ts'
import type { Probe } from '../probe.ts'

/** Milliseconds by which a run may begin later than by its schedule: a server may just be restarted. */
const lateness = 15 * 60_000

/** Whether reconciliation works, and what it has left. */
export const reconciliationProbe: Probe = {
  name: 'reconciliation',
  needsDatabase: true,
  look: async ({ database, now }, { application, issueKey }) => {
    if (database === undefined || application.organization === undefined) return []
    const { id } = application
    const keys = issueKey && (await keysOfIssue(database, id, issueKey))
    const [left, standing] = await Promise.all([findLeftDifferences(database, id, keys), findRunStanding(database, id)])
    const failure = failed(application, standing, now()) ?? overdue(application, standing, now())
    return [...(failure ? [failure] : []), ...differences(application, left, { issueKey, now: now() })]
  },
}

type Left = Awaited<ReturnType<typeof findLeftDifferences>>
type Sample = NonNullable<Left['samples']>[number]

function differences(
  { id }: Application,
  { count, run, since, samples }: Left,
  { issueKey, now }: { issueKey: IssueKey | undefined; now: number },
): Finding[] {
  if (run === null || since === null) return []
  const links = `${count} ${count === 1 ? 'difference' : 'differences'}`
  const more = count - (samples?.length ?? 0)
  return [
    {
      code: 'TLK-A11',
      says: `${links} found at ${momentText(since, now)}${count === 1 ? ' is' : ' are'} not repaired`,
      next:
        issueKey === undefined
          ? `tracker-links reconcile show ${run}`
          : `tracker-links reconcile ${id} --issue ${issueKey}`,
      evidence: [...(samples ?? []).map(wordsOf), ...(more > 0 ? [`and ${more} more`] : [])],
      applicationId: id,
      ...(issueKey && { issueKey }),
      since,
    },
  ]
}

/** A line of a plan, as `reconcile` prints one. */
function wordsOf({ issueKey, remoteKey, formerKey, kind, why }: Sample): string {
  const other = remoteKey ?? `formerly ${formerKey}`
  return `${issueKey} ${other}: ${kind}, ${why}`.replace(steering, asEscape)
}

function failed({ id }: Application, { ended }: RunStanding, now: number): Finding | undefined {
  if (ended?.state !== 'failed' && ended?.state !== 'refused') return undefined
  const at = ended.endedAt ?? ended.startedAt
  const how = ended.state === 'refused' ? 'made no repair' : 'failed'
  return {
    code: 'TLK-A12',
    says: `the last reconciliation ${how} at ${momentText(at, now)}`,
    next: `tracker-links reconcile show ${ended.id}`,
    evidence: [...(ended.reason === null ? [] : [ended.reason]), `started by ${ended.startedBy}`],
    applicationId: id,
    since: at,
  }
}

/** A server begins the first run of a schedule by itself; only what has begun once can be late. */
function overdue({ id, reconciliation }: Application, standing: RunStanding, now: number): Finding | undefined {
  const { scheduled, unfinished } = standing
  if (reconciliation === undefined || scheduled === undefined) return undefined
  const due = new Date(scheduled.startedAt.getTime() + reconciliation.everyHours * 3_600_000)
  if (due.getTime() + lateness > now) return undefined
  return {
    code: 'TLK-A12',
    says: `a reconciliation is overdue since ${momentText(due, now)}`,
    next: `tracker-links reconcile ${unfinished ? `show ${unfinished.id}` : `list ${id}`}`,
    evidence: [
      unfinished
        ? `run ${unfinished.id} of ${momentText(unfinished.startedAt, now)} has not ended, and holds up the next`
        : `by the schedule one begins every ${reconciliation.everyHours} h; a running server starts it`,
    ],
    applicationId: id,
    since: due,
  }
}
