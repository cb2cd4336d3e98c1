import type { Application } from '../config/schema.ts'
import { allowAsInTracker } from '../links/allow-links.ts'
import { createAllowedLinks } from '../links/create-links.ts'
import type { Links } from '../links/links.ts'
import type { TrackerClient } from '../tracker-client/create-tracker-client.ts'
import { applicationIdsOf, type RemoteLink } from '../tracker-client/remote-links.ts'
import { notUnderstood } from '../tracker-client/tracker-error.ts'
import { type IssueKey, parseIssueKey } from '../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'
import type { ImportKind } from './import-group.ts'

/** A link to an object that is to be imported. */
export type RemoteLinkRow = { issue: string; application: string; remoteKey: RemoteKey }

/** The issue's present key, and its links by application and key. */
export type KnownLinks = { issueKey: IssueKey; links: Set<string> }

/**
 * How links to objects are imported: added in Tracker, then stored here with the present key of the issue. They are added
 * without `backlink`, so that it needs neither a Tracker that reaches this server nor a create link call that succeeds: the
 * documents do not say what happens otherwise. Tracker has them by then, so here they count as its own: nothing mirrors them back.
 */
export function remoteLinkImport(
  tracker: TrackerClient,
  { applications, links }: { applications: readonly Application[]; links: Links },
): ImportKind<RemoteLinkRow, KnownLinks> {
  const applicationOf = new Map(applications.map(application => [application.id, application]))
  return {
    async look(issue) {
      const issueKey = parseIssueKey((await tracker.issues.get(issue)).key)
      if (issueKey === undefined) throw notUnderstood('the key of an issue has another form')
      return { issueKey, links: new Set((await tracker.remoteLinks.list(issue)).flatMap(namesOf)) }
    },
    isThere: ({ application, remoteKey }, { links }) => links.has(`${application} ${remoteKey}`),
    async send({ issue, application, remoteKey }, { links }) {
      await tracker.remoteLinks.add(issue, { origin: application, key: remoteKey })
      links.add(`${application} ${remoteKey}`)
      return undefined
    },
    async settle({ application: id, remoteKey }, { issueKey }) {
      const application = applicationOf.get(id) as Application
      const wish = { application, issueKey, remoteKeys: [remoteKey], actor: byImport }
      await createAllowedLinks(links.change, allowAsInTracker(wish))
    },
  }
}

const byImport = { kind: 'tracker', login: 'import' } as const

/** Neither part has a space before the first one. */
const namesOf = (link: RemoteLink) => applicationIdsOf(link).map(id => `${id} ${link.object.key}`)
