import type { Queries } from '../../../storage/database/queries.ts'
import { findUnsettled } from '../../../storage/mirror/mirror-views.ts'
import { asEscape, steering } from '../../../values/shell-word.ts'
import type { Finding } from '../finding.ts'
import { momentText } from '../moment-text.ts'
import type { Ground, Probe, Subject } from '../probe.ts'
import { linksNotInTracker } from './links-not-in-tracker.ts'

/** Links that are named. */
const mostNamed = 5

/** Milliseconds within which a change is on its way. */
const onItsWay = 10_000

/** Whether Tracker has the link, or the links, that are asked about. */
export const mirroredLinksProbe: Probe = {
  name: 'the link in Tracker',
  needsDatabase: true,
  look: async (ground, subject, signal) => {
    const { database } = ground
    if (database === undefined || !subject.application.mirror) return []
    if (subject.issueKey === undefined && subject.remoteKey === undefined) return []
    const unsettled = await unsettledLinks(database, subject, ground)
    if (unsettled) return [unsettled]
    return await linksNotInTracker({ ...ground, database }, subject, { onItsWay, signal })
  },
}

/** The link that has waited longest by our own books, with the others as evidence. */
async function unsettledLinks(
  database: Queries,
  { application: { id }, issueKey, remoteKey }: Subject,
  { now }: Pick<Ground, 'now'>,
): Promise<Finding | undefined> {
  const filter = { ...(issueKey && { issueKey }), ...(remoteKey && { remoteKey }) }
  const rows = await findUnsettled(database, id, filter, mostNamed + 1)
  const isLate = ({ lastError, changedAt }: Row) => lastError !== null || changedAt.getTime() < now() - onItsWay
  const [first, ...others] = rows.filter(isLate)
  if (first === undefined) return undefined
  const { wanted, changedAt, lastError } = first
  const moment = momentText(changedAt, now())
  const what =
    wanted === 'linked' ? `not in Tracker since ${moment}` : `removed here at ${moment}, and still in Tracker`
  return {
    code: 'TLK-A01',
    says: `${what}${lastError === null ? '' : `: ${lastError}`}`,
    next: nextOf(id, first),
    evidence: [tryText(first, now()), ...others.map(one => `so is ${nameOf(one)}`)],
    applicationId: id,
    issueKey: first.issueKey,
    remoteKey: first.remoteKey,
    since: changedAt,
  }
}

type Row = Awaited<ReturnType<typeof findUnsettled>>[number]

const nameOf = (row: Row) => `${row.issueKey} -> ${row.remoteKey}`.replace(steering, asEscape)

function tryText({ lastError, lastErrorDetail, attempts, nextAt }: Row, now: number): string {
  const next = nextAt === null ? 'not planned' : nextAt.getTime() <= now ? 'due now' : `at ${momentText(nextAt, now)}`
  if (lastError === null) return `nothing was tried since; the next try is ${next}`
  // A stop of the whole issue counts the tries itself.
  const failed = attempts === 0 ? 'the next try' : `${attempts} ${attempts === 1 ? 'try' : 'tries'} failed, the next`
  return `${failed} is ${next}: ${lastErrorDetail ?? lastError}`
}

/** What fails is tried again by itself; what was never tried waits for a server. */
function nextOf(applicationId: string, { lastError, issueKey }: Row): string {
  if (lastError === null) return `tracker-links mirror status ${applicationId}`
  if (lastError === 'issue-unknown') return `tracker-links reconcile ${applicationId} --issue ${issueKey}`
  return `tracker-links mirror resume ${applicationId} --issue ${issueKey}`
}
