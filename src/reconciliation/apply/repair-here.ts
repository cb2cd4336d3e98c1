import { allowAsInTracker } from '../../links/allow-links.ts'
import { createAllowedLinks } from '../../links/create-links.ts'
import { removeLink } from '../../links/remove-link.ts'
import { linkChanger } from '../../storage/links/link-changes.ts'
import { takeOverLinks } from '../../storage/reconciliation/take-over-links.ts'
import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { LinkOfBoth } from '../compare/compare-links.ts'
import type { OpenRun } from '../compare/run-ground.ts'

/** What a reconciliation takes over from Tracker is a change of Tracker's: the mirror does not send it back. */
const actor = { kind: 'tracker', login: 'reconciliation' } as const

const linksAtOnce = 1_000

type Issue = { issueKey: string; issueId: string | undefined; formerKeys: readonly string[] }

/** Creates links here that Tracker has. A new installation takes them over without events, unless events are wanted. */
export async function createHere(run: OpenRun, issue: Issue, links: readonly LinkOfBoth[]): Promise<void> {
  const { database, application, position } = run
  if (position.isNew && !position.options.events) {
    const known = links.map(({ remoteKey, remoteLinkIds: [id = ''] }) => ({ remoteKey, remoteLinkId: id }))
    return await takeOverLinks(database, application.id, issue, known)
  }
  const change = linkChanger(database)
  for (let start = 0; start < links.length; start += linksAtOnce) {
    const remoteKeys = links.slice(start, start + linksAtOnce).map(({ remoteKey }) => remoteKey as RemoteKey)
    const wish = { application, issueKey: issue.issueKey as IssueKey, remoteKeys, actor }
    await createAllowedLinks(change, allowAsInTracker(wish))
  }
}

/** Removes links here that Tracker no longer has, under whichever key of the issue each is stored. */
export async function removeHere(
  { database, application }: OpenRun,
  { issueKey, formerKeys }: Issue,
  links: readonly LinkOfBoth[],
): Promise<void> {
  const change = linkChanger(database)
  await Promise.all(
    links.map(({ remoteKey }) => {
      const readings = [issueKey, ...formerKeys].map(key => ({
        issueKey: key as IssueKey,
        remoteKey: remoteKey as RemoteKey,
      }))
      return removeLink(change, { applicationId: application.id, readings, actor })
    }),
  )
}
