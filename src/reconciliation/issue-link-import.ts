import type { TrackerClient } from '../tracker-client/create-tracker-client.ts'
import type { ImportedLink, IssueLink } from '../tracker-client/issue-links.ts'
import { TrackerError } from '../tracker-client/tracker-error.ts'
import type { ImportKind } from './import-group.ts'
import type { RowEnd } from './import-journal.ts'
import { createLinkMatcher } from './link-matcher.ts'

/** A link between issues that is to be imported: `issue` is the one whose link it is. */
export type IssueLinkRow = { issue: string; link: ImportedLink }

/** How links between issues are imported; `formerEnds` are those of earlier runs. */
export function issueLinkImport(
  tracker: TrackerClient,
  rows: readonly IssueLinkRow[],
  formerEnds: ReadonlyMap<number, RowEnd>,
): ImportKind<IssueLinkRow, KnownLinks> {
  const matcher = createLinkMatcher()
  for (const [position, end] of formerEnds)
    if (end.state === 'done' && end.reading) matcher.learn(rows[position]?.link.relationship ?? 'relates', end.reading)
  const named = new Set(rows.flatMap(({ issue, link }) => [issue, link.issue]))

  return {
    look: async issue => knownLinks(await tracker.issueLinks.list(issue), named),
    async isThere({ link }, { byName, unnamed }) {
      const isMeant = (one: IssueLink) => matcher.matches(link.relationship, one)
      if (byName.get(link.issue)?.some(isMeant)) return true
      // The row may name the other issue by a former key. Lists have its present key, which then no row names.
      if (!unnamed.some(isMeant)) return false
      const { id, key } = await namesOf(tracker, link.issue)
      return [id, key].some(name => byName.get(name)?.some(isMeant))
    },
    async send({ issue, link }, { byName }) {
      const made = await tracker.issueLinks.addImported(issue, link)
      const form = { type: made.type.id, direction: made.direction }
      matcher.learn(link.relationship, form)
      addTo(byName, made)
      return form
    },
  }
}

/** Links of an issue: by key and id of the other issue, and those whose other issue no row names. */
type KnownLinks = { byName: Map<string, IssueLink[]>; unnamed: IssueLink[] }

function knownLinks(links: readonly IssueLink[], named: ReadonlySet<string>): KnownLinks {
  const byName = new Map<string, IssueLink[]>()
  for (const link of links) addTo(byName, link)
  return { byName, unnamed: links.filter(({ object: { key, id = key } }) => !named.has(key) && !named.has(id)) }
}

function addTo(byName: KnownLinks['byName'], link: IssueLink): void {
  const { key, id = key } = link.object
  for (const name of new Set([key, id])) byName.set(name, [...(byName.get(name) ?? []), link])
}

/** An issue's present names; the given name if Tracker does not show it. */
async function namesOf(tracker: TrackerClient, issue: string): Promise<{ id: string; key: string }> {
  try {
    return await tracker.issues.get(issue)
  } catch (error) {
    if (error instanceof TrackerError && (error.status === 404 || error.status === 403))
      return { id: issue, key: issue }
    throw error
  }
}
