import { changelogEntry, commit, type Ledger, nextNumber, now } from './ledger.ts'
import { findRelationship, type LinkStory, refuseRepeat, storyNow, touchIssue } from './link-rules.ts'
import type { Issue, IssueLink, User } from './records.ts'
import { invalidField } from './refusal.ts'
import { type Change, recordsOf } from './tables.ts'

type NewIssueLink = { issue: Issue; other: Issue; relationship: string; by: User; story?: LinkStory }

/** The two issues of a link, by id. */
type Ends = Pick<IssueLink, 'outwardOf' | 'inwardOf'>

export const issueLinksOf = ({ tables }: Ledger, issue: Issue): IssueLink[] =>
  recordsOf(tables.issueLinks, tables.ofIssue.issueLinks.get(issue.id))

/**
 * Links two issues; with a story, the link is an imported one. Throws `Refusal`: 422 for an unknown relationship, for an
 * issue with itself and for an epic that is not an Epic; 422 or 409 for a link that exists (a setting); 423 as for an edit.
 */
export function addIssueLink(ledger: Ledger, wish: NewIssueLink): IssueLink {
  const { issue, other, by, story = storyNow(by) } = wish
  const { type, ends } = checkWish(wish)
  if (linkBetween(ledger, issue, other, type, ends))
    refuseRepeat(ledger, `Issues ${issue.key} and ${other.key} are already linked by ${wish.relationship}.`)
  const { number: id, change } = nextNumber(ledger, 'links')
  const link = { id, type, ...ends, ...story }
  const history = tellEnds(ledger, [issue, other], { from: null, to: link }, by)
  commit(ledger, [change, ['issueLinks', `${id}`, link], ...history])
  return link
}

/** The link of a relationship, as it reads from the first issue. Throws `Refusal` 422 for an unknown relationship. */
export function findIssueLink(ledger: Ledger, issue: Issue, other: Issue, relationship: string): IssueLink | undefined {
  const { type, direction } = findRelationship(relationship)
  return linkBetween(ledger, issue, other, type, endsOf(issue, other, direction))
}

export function removeIssueLink(ledger: Ledger, link: IssueLink, by: User): void {
  const ends = [link.outwardOf, link.inwardOf].flatMap(id => ledger.tables.issues.get(id) ?? [])
  commit(ledger, [['issueLinks', `${link.id}`, null], ...tellEnds(ledger, ends, { from: link, to: null }, by)])
}

function checkWish({ issue, other, relationship, story }: NewIssueLink): { type: string; ends: Ends } {
  const { type, direction, importOnly } = findRelationship(relationship)
  if (importOnly && !story) throw invalidField('relationship', `${relationship} can only be imported.`)
  if (issue.id === other.id) throw invalidField('issue', `Issue ${issue.key} cannot be linked to itself.`)
  const outward = direction === 'outward' ? issue : other
  if (type === 'epic' && outward.type !== 'epic')
    throw invalidField('relationship', `${relationship} needs an Epic, and issue ${outward.key} is not one.`)
  return { type, ends: endsOf(issue, other, direction) }
}

const endsOf = (issue: Issue, other: Issue, direction: 'outward' | 'inward'): Ends =>
  direction === 'outward' ? { outwardOf: issue.id, inwardOf: other.id } : { outwardOf: other.id, inwardOf: issue.id }

/** Looked for at the issue with fewer links: an issue may have thousands. */
function linkBetween(ledger: Ledger, issue: Issue, other: Issue, type: string, ends: Ends): IssueLink | undefined {
  const { issueLinks } = ledger.tables.ofIssue
  const isOtherShorter = (issueLinks.get(other.id)?.size ?? 0) < (issueLinks.get(issue.id)?.size ?? 0)
  return issueLinksOf(ledger, isOtherShorter ? other : issue).find(link => link.type === type && sameEnds(link, ends))
}

/** `relates` reads the same from both sides, whichever was named first. */
function sameEnds(link: IssueLink, ends: Ends): boolean {
  if (link.outwardOf === ends.outwardOf && link.inwardOf === ends.inwardOf) return true
  return link.type === 'relates' && link.outwardOf === ends.inwardOf && link.inwardOf === ends.outwardOf
}

/** What a change of a link writes to both issues. */
function tellEnds(
  ledger: Ledger,
  ends: readonly Issue[],
  link: { from: IssueLink | null; to: IssueLink | null },
  by: User,
): Change[] {
  const type = link.to ? 'IssueLinked' : 'IssueUnlinked'
  const entry = { type, updatedAt: now(), updatedBy: by.uid, links: [link] } as const
  return ends.flatMap(issue => [
    ...touchIssue(ledger, issue, by),
    ...changelogEntry(ledger, { issueId: issue.id, ...entry }),
  ])
}
