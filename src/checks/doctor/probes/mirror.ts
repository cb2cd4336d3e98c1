import type { Queries } from '../../../storage/database/queries.ts'
import { findCursor, findLag, mirrorFollower, missedBy } from '../../../storage/links/followers.ts'
import { listStops, type MirrorStop, wholeApplication } from '../../../storage/mirror/mirror-stops.ts'
import { findLateLinks, mostCounted } from '../../../storage/mirror/mirror-views.ts'
import type { Finding } from '../finding.ts'
import { momentText } from '../moment-text.ts'
import type { Probe, Subject } from '../probe.ts'

/** Minutes after which a link should be in Tracker: the mirror takes a second. */
const lateAfter = 5

/** Stopped issues that are looked at, and those that are named. */
const mostStops = { looked: 100, named: 5 }

/** Whether the mirror of an application goes on, and keeps up. */
export const mirrorProbe: Probe = {
  name: 'the mirror',
  needsDatabase: true,
  look: async ({ database, now }, subject) => {
    const { application } = subject
    if (database === undefined || !application.mirror) return []
    const stops = await listStops(database, application.id, mostStops.looked)
    const lasting = stops.filter(stop => !isPassing(stop, now()))
    const stopped = stopFindings(subject, lasting, now())
    // A stop of all says already why everything waits.
    if (stops.some(({ issueKey }) => issueKey === wholeApplication)) return stopped
    return [...stopped, ...(await findDelay(database, application.id, now()))]
  },
}

/** That Tracker is away for a while is nobody's to mend here: the mirror goes on by itself, and the probe of the registration tells it. */
const isPassing = ({ reason, since }: MirrorStop, now: number) =>
  reason === 'tracker-away' && since.getTime() > now - lateAfter * 60_000

function stopFindings(
  { application: { id }, issueKey }: Subject,
  stops: readonly MirrorStop[],
  now: number,
): Finding[] {
  const whole = stops.find(stop => stop.issueKey === wholeApplication)
  const ofIssues = stops.filter(stop => stop !== whole && (issueKey === undefined || stop.issueKey === issueKey))
  const [first = whole, ...others] = whole ? [] : ofIssues
  if (first === undefined) return []
  const { issueKey: stoppedIssue, reason, since } = first
  const about = stoppedIssue === wholeApplication ? {} : { issueKey: stoppedIssue }
  const named = others.slice(0, mostStops.named).map(stop => `${stop.issueKey}: ${stop.reason}`)
  const left = others.length - named.length
  return [
    {
      code: 'TLK-A02',
      says: `nothing is sent ${stoppedIssue === wholeApplication ? 'to Tracker' : `of ${stoppedIssue}`} since ${momentText(since, now)}: ${reason}`,
      next: `tracker-links mirror resume ${id}${about.issueKey === undefined ? '' : ` --issue ${stoppedIssue}`}`,
      evidence: [
        tryText(first, now),
        ...(named.length > 0 ? [`stopped as well: ${named.join('; ')}${left > 0 ? `; and ${left} more` : ''}`] : []),
      ],
      applicationId: id,
      ...about,
      since,
    },
  ]
}

/** What the last try brought, and when the next one is. */
function tryText({ detail, attempts, nextAt }: MirrorStop, now: number): string {
  const next = nextAt.getTime() <= now ? 'now' : `at ${momentText(nextAt, now)}`
  return `${attempts} ${attempts === 1 ? 'try' : 'tries'} failed, the next is ${next}${detail === null ? '' : `: ${detail}`}`
}

/** Whether links wait that nothing stops, or the mirror does not read what changes here. */
async function findDelay(database: Queries, applicationId: string, now: number): Promise<Finding[]> {
  const [late, lag, missed] = await Promise.all([
    findLateLinks(database, applicationId, lateAfter),
    findLag(database, applicationId, mirrorFollower),
    findCursor(database, applicationId, missedBy(mirrorFollower)),
  ])
  const isFar = lag?.oldest != null && lag.oldest.getTime() < now - lateAfter * 60_000
  const evidence = [
    ...(late.links > 0 ? [`${counted(late.links)} links wait for longer than ${lateAfter} minutes`] : []),
    ...(late.failure === null ? [] : [`the last try failed: ${late.failure}`]),
    ...(isFar ? [`${counted(lag.events)} changes of links have not been read by it`] : []),
    ...(missed
      ? [`changes since ${momentText(missed.occurredAt, now)} were removed by \`retention\` before it read them`]
      : []),
  ]
  const [since] = [late.oldest, isFar ? lag.oldest : null, missed?.occurredAt ?? null]
    .filter(moment => moment !== null)
    .sort((one, other) => one.getTime() - other.getTime())
  if (since === undefined) return []
  const next = missed
    ? `tracker-links reconcile ${applicationId} --all`
    : `tracker-links mirror status ${applicationId}`
  const says = `the mirror is behind: what changed at ${momentText(since, now)} is not in Tracker yet`
  return [{ code: 'TLK-A03', says, next, evidence, applicationId, since }]
}

const counted = (count: number) => (count === mostCounted ? `${count} or more` : `${count}`)
