import type { Queries } from '../../../storage/database/queries.ts'
import { listLinks, type StoredLink } from '../../../storage/links/list-links.ts'
import { aliasFinder } from '../../../storage/objects/object-aliases.ts'
import { applicationIdsOf } from '../../../tracker-client/remote-links.ts'
import type { RemoteKey } from '../../../tracker-contract/remote-key.ts'
import { asEscape, steering } from '../../../values/shell-word.ts'
import { askTracker } from '../ask-tracker.ts'
import type { Finding } from '../finding.ts'
import { momentText } from '../moment-text.ts'
import type { Ground, Subject } from '../probe.ts'

type Looking = Omit<Ground, 'database'> & { database: Queries }

/** Of what is asked about, so much is compared with Tracker. */
const most = { links: 50, issues: 3 }

/**
 * Links that are here, agreed by our own books, and not in Tracker: somebody removed them there, and that did not arrive. Those
 * that are younger than `onItsWay` milliseconds may be about to be there.
 */
export async function linksNotInTracker(
  looking: Looking,
  subject: Subject,
  { onItsWay, signal }: { onItsWay: number; signal: AbortSignal },
): Promise<Finding[]> {
  const { application, issueKey, remoteKey } = subject
  const filter = { ...(issueKey && { issueKey }), ...(remoteKey && { remoteKey }) }
  const links = await listLinks(looking.database, application.id, filter, { limit: most.links })
  const settled = links.filter(({ createdAt }) => createdAt.getTime() < looking.now() - onItsWay)
  const issues = [...Map.groupBy(settled, link => link.issueKey)].slice(0, most.issues)
  const found = await Promise.all(
    issues.map(async ([issue, here]) => await missingOf(looking, subject, { issue, here, signal })),
  )
  return found.flat()
}

async function missingOf(
  looking: Looking,
  { application }: Subject,
  { issue, here, signal }: { issue: string; here: readonly StoredLink[]; signal: AbortSignal },
): Promise<Finding[]> {
  const { id } = application
  const asked = await askTracker(looking, application, signal, ({ remoteLinks }) => remoteLinks.list(issue))
  const path = `GET issues/${issue}/remotelinks`
  const of = { id, issue, now: looking.now() }
  // Any other failure is told by the probe of the registration.
  if (asked === undefined || ('failure' in asked && asked.failure.status !== 404)) return []
  if ('failure' in asked) return findingOf(of, here, `${path} was answered 404: Tracker shows no such issue`)
  const own = asked.answer.filter(link => applicationIdsOf(link).includes(id)).map(({ object }) => object.key)
  const missing = here.filter(({ remoteKey }) => !own.includes(remoteKey))
  if (missing.length === 0) return []
  // Tracker keeps the former key of an object that was renamed here.
  const present = new Set((await aliasFinder(looking.database)(id, own as RemoteKey[])).values())
  const gone = missing.filter(({ remoteKey }) => !present.has(remoteKey as RemoteKey))
  return findingOf(of, gone, `${path} shows ${own.length} of ${id}, and not this one`)
}

function findingOf(
  { id, issue, now }: { id: string; issue: string; now: number },
  [first, ...others]: readonly StoredLink[],
  answer: string,
): Finding[] {
  if (first === undefined) return []
  const names = others.map(({ remoteKey }) => remoteKey.replace(steering, asEscape))
  const more = names.length > 5 ? `, and ${names.length - 5} more` : ''
  return [
    {
      code: 'TLK-A01',
      says: 'not in Tracker, and nothing waits to be sent',
      next: `tracker-links reconcile ${id} --issue ${issue}`,
      evidence: [
        `here since ${momentText(first.createdAt, now)}`,
        answer,
        ...(names.length > 0 ? [`so are the links to ${names.slice(0, 5).join(', ')}${more}`] : []),
      ],
      applicationId: id,
      issueKey: issue,
      remoteKey: first.remoteKey,
    },
  ]
}
