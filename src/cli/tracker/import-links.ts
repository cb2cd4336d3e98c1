import type { ImportKind } from '../../reconciliation/import-group.ts'
import type { RowEnd } from '../../reconciliation/import-journal.ts'
import { createLinkMatcher } from '../../reconciliation/link-matcher.ts'
import type { TrackerClient } from '../../tracker-client/create-tracker-client.ts'
import type { IssueLink } from '../../tracker-client/issue-links.ts'
import { TrackerError } from '../../tracker-client/tracker-error.ts'
import type { CliCommand } from '../command.ts'
import { importArguments, importFile, importOptions } from './import-file.ts'
import { type IssueLinkRow, issueLinkTable } from './issue-link-rows.ts'

export const trackerImportLinks: CliCommand = {
  name: 'tracker import-links',
  summary: 'import links between issues into Tracker, with the time and the user of each',
  arguments: importArguments,
  options: importOptions,
  details: `
A row has issue, relationship, linkedIssue, createdAt, createdBy, and perhaps updatedAt with updatedBy. The relationship is what
the issue is to the linked one: relates, is dependent by, depends on, is subtask for, is parent task for, duplicates,
is duplicated by, is epic of, has epic, clone, original. Moments lie between the creation and the last update of both issues. A
user is a login or a uid: in CSV digits are a uid, in JSON a number is; login:123 is a login of digits.

The whole file is checked first, and nothing is sent while a row is wrong. Then Tracker is asked which links are there, and
sent those that are not, no faster than \`rate\` of the organization allows. What was done stands in a journal beside the
file (FILE.journal): after a stop at any moment the same command goes on, and no link is made twice. Rows that Tracker refused
are told with its words and tried again at the next run; the exit code is then 2. Tracker may let administrators only import
links.`,
  examples: ['tracker import-links links.csv --dry-run', 'tracker import-links links.ndjson --organization main'],
  run: (input, context) =>
    importFile(input, context, { journalOf: 'links', table: issueLinkTable, kindOf: issueLinkImport }),
}

/** How links between issues are imported; `formerEnds` are of earlier runs. */
function issueLinkImport(
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
      // The row may name the other issue by a former key. Lists have the present one, which then no row has.
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

/** An issue's present names; those that it was asked by where Tracker does not show it. */
async function namesOf(tracker: TrackerClient, issue: string): Promise<{ id: string; key: string }> {
  try {
    return await tracker.issues.get(issue)
  } catch (error) {
    if (error instanceof TrackerError && (error.status === 404 || error.status === 403))
      return { id: issue, key: issue }
    throw error
  }
}
