import { refusedCreations } from '../../../storage/calls/card-calls.ts'
import type { Queries } from '../../../storage/database/queries.ts'
import { recentHistory } from '../../../storage/links/link-history.ts'
import { countLinks } from '../../../storage/links/list-links.ts'
import { presentKeyOf } from '../../../storage/objects/object-aliases.ts'
import type { IssueKey } from '../../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../../tracker-contract/remote-key.ts'
import { asEscape, shellWord, steering } from '../../../values/shell-word.ts'
import { callText, stretchText } from '../call-text.ts'
import type { Finding } from '../finding.ts'
import { momentText } from '../moment-text.ts'
import type { Probe, Subject } from '../probe.ts'

/** Milliseconds after which a refused creation tells nothing. */
const recent = 24 * 60 * 60_000

/** Whether the link that is asked about is here, and whether links are refused. */
export const linkProbe: Probe = {
  name: 'the link here',
  needsDatabase: true,
  look: async ({ database, now }, subject) => {
    if (database === undefined) return []
    const { application, issueKey, remoteKey } = subject
    const isAsked = issueKey !== undefined && remoteKey !== undefined
    const link = isAsked ? { applicationId: application.id, issueKey, remoteKey } : undefined
    const findings = await Promise.all([
      link && findMissing(database, { link, hasTracker: application.organization !== undefined, now: now() }),
      findRefused(database, subject, now()),
    ])
    return findings.filter(finding => finding !== undefined)
  },
}

type Link = { applicationId: string; issueKey: IssueKey; remoteKey: RemoteKey }
type Missing = { link: Link; hasTracker: boolean; now: number }

/** A former key of the issue or of the object means the same link. */
async function findMissing(database: Queries, { link, hasTracker, now }: Missing): Promise<Finding | undefined> {
  const { applicationId: id, issueKey, remoteKey } = link
  const present = await presentKeyOf(database, id, remoteKey)
  const keys = present === undefined ? [remoteKey] : [remoteKey, present]
  const counts = await Promise.all(keys.map(key => countLinks(database, id, { issueKey, remoteKey: key })))
  if (counts.some(count => count > 0)) return undefined
  const [last] = await recentHistory(database, id, { issueKey, remoteKey }, 1)
  const by = last?.actorLogin ? ` by ${last.actorKind} ${last.actorLogin}` : ` by ${last?.actorKind}`
  const history = `tracker-links links history --application ${id} --issue ${issueKey} --object ${shellWord(remoteKey)}`
  return {
    code: 'TLK-L01',
    says: `${issueKey} has no link to ${safe(remoteKey)} here`,
    next: hasTracker && last === undefined ? `tracker-links reconcile ${id} --issue ${issueKey}` : history,
    evidence: [last ? `it was ${last.kind} at ${momentText(last.occurredAt, now)}${safe(by)}` : 'there never was one'],
    ...link,
  }
}

async function findRefused(database: Queries, { application: { id }, ...about }: Subject, now: number) {
  const refused = await refusedCreations(database, id, about)
  if (refused === undefined || refused.last.at.getTime() < now - recent) return undefined
  const { first, last } = refused
  const finding: Finding = {
    code: 'TLK-L02',
    says: `links to unknown objects are refused since ${momentText(first.at, now)}`,
    next: `tracker-links calls list --application ${id} --code objects-unknown`,
    evidence: [callText(last, now), stretchText(refused, now, 'that was taken')],
    applicationId: id,
    since: first.at,
  }
  return finding
}

const safe = (text: string) => text.replace(steering, asEscape)
