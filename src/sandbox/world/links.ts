import type { Ledger } from './ledger.ts'
import type { Application, Issue, IssueLink, RemoteLink, User } from './records.ts'
import { invalidField, Refusal } from './refusal.ts'
import type { Change } from './tables.ts'
import { type Relationship, relationships } from './vocabulary.ts'

/** When and by whom an imported link was made, as text in Tracker's form in UTC, and uids. */
export type LinkStory = { createdAt: string; createdBy: string; updatedAt: string; updatedBy: string }

/** The rules of links: those to objects of applications, and those between issues. */
export function linkRules(ledger: Ledger) {
  const { tables } = ledger

  /** What adding or removing a link does to its issue: nothing, or a new version (a setting). */
  function touch(known: Issue, by: User): Change[] {
    if (!ledger.settings().linksRaiseVersion) return []
    const issue = ledger.current(known)
    ledger.checkEditable(issue, by)
    const version = issue.version + 1
    return [['issues', issue.id, { ...issue, version, updatedAt: ledger.now(), updatedBy: by.uid }]]
  }

  function refuseRepeat(message: string): void {
    const { repeatedLink } = ledger.settings()
    if (repeatedLink === 'duplicate') return
    throw new Refusal(repeatedLink === 'conflict' ? 409 : 422, { errorMessages: [message] })
  }

  const storyOf = (by: User): LinkStory => {
    const now = ledger.now()
    return { createdAt: now, updatedAt: now, createdBy: by.uid, updatedBy: by.uid }
  }

  const remoteLinksOf = (issue: Issue): RemoteLink[] =>
    recordsOf(tables.ofIssue.remoteLinks.get(issue.id), tables.remoteLinks)
  const issueLinksOf = (issue: Issue): IssueLink[] =>
    recordsOf(tables.ofIssue.issueLinks.get(issue.id), tables.issueLinks)

  /** Looked for on the side with fewer links: one issue may have thousands. */
  function linkBetween(issue: Issue, other: Issue, type: string, ends: Ends): IssueLink | undefined {
    const { issueLinks } = tables.ofIssue
    const isOtherShorter = (issueLinks.get(other.id)?.size ?? 0) < (issueLinks.get(issue.id)?.size ?? 0)
    return issueLinksOf(isOtherShorter ? other : issue).find(link => link.type === type && sameEnds(link, ends))
  }

  return {
    remoteLinksOf,
    issueLinksOf,

    /**
     * A link to an object. `relationship` in any case, `relates` by default; the key is kept exactly. Throws `Refusal`:
     * 422 for a relationship or key that is none; 422 or 409 for a link that is there (a setting); 423 as for an edit.
     */
    addRemoteLink(wish: {
      issue: Issue
      application: Application
      key: string
      relationship?: string
      by: User
    }): RemoteLink {
      const { issue, application, key, by } = wish
      const { type, direction } = findRelationship(wish.relationship ?? 'relates')
      if (key === '') throw invalidField('key', 'key is empty: name the object of the application.')
      if (!key.isWellFormed()) throw invalidField('key', 'key holds half of a character: it cannot be sent to anybody.')
      const present = remoteLinksOf(issue).some(
        link => link.applicationId === application.id && link.key === key && link.type === type,
      )
      if (present) refuseRepeat(`Issue ${issue.key} is linked to ${key} of ${application.id} already.`)
      const touched = touch(issue, by)
      const { number: id, change } = ledger.next('links')
      const link = { id, issueId: issue.id, type, direction, applicationId: application.id, key, ...storyOf(by) }
      ledger.commit([change, ['remoteLinks', `${id}`, link], ...touched])
      return link
    },

    removeRemoteLink(issue: Issue, link: RemoteLink, by: User): void {
      ledger.commit([['remoteLinks', `${link.id}`, null], ...touch(issue, by)])
    },

    /**
     * A link between issues; with a story, an imported one. Throws `Refusal`: 422 for a relationship that is none here, for
     * an issue with itself and for an epic that is no Epic; 422 or 409 for a link that is there (a setting).
     */
    addIssueLink(wish: { issue: Issue; other: Issue; relationship: string; by: User; story?: LinkStory }): IssueLink {
      const { issue, other, by, story } = wish
      const { type, direction, importOnly } = findRelationship(wish.relationship)
      if (importOnly && !story) throw invalidField('relationship', `${wish.relationship} can only be imported.`)
      if (issue.id === other.id) throw invalidField('issue', `Issue ${issue.key} cannot be linked to itself.`)
      const [outwardOf, inwardOf] = direction === 'outward' ? [issue, other] : [other, issue]
      if (type === 'epic' && outwardOf.type !== 'epic')
        throw invalidField('relationship', `${wish.relationship} needs an Epic, and issue ${outwardOf.key} is none.`)
      const ends = { outwardOf: outwardOf.id, inwardOf: inwardOf.id }
      if (linkBetween(issue, other, type, ends))
        refuseRepeat(`Issues ${issue.key} and ${other.key} are linked by ${wish.relationship} already.`)
      const { number: id, change } = ledger.next('links')
      const link = { id, type, ...ends, ...(story ?? storyOf(by)) }
      ledger.commit([change, ['issueLinks', `${id}`, link], ...told([issue, other], { from: null, to: link }, by)])
      return link
    },

    /** The link of a relationship, as it reads from the first issue. Throws `Refusal` 422 for a relationship that is none. */
    findIssueLink(issue: Issue, other: Issue, relationship: string): IssueLink | undefined {
      const { type, direction } = findRelationship(relationship)
      const [outwardOf, inwardOf] = direction === 'outward' ? [issue.id, other.id] : [other.id, issue.id]
      return linkBetween(issue, other, type, { outwardOf, inwardOf })
    },

    removeIssueLink(link: IssueLink, by: User): void {
      const ends = [link.outwardOf, link.inwardOf].flatMap(id => tables.issues.get(id) ?? [])
      ledger.commit([['issueLinks', `${link.id}`, null], ...told(ends, { from: link, to: null }, by)])
    },
  }

  /** What a change of a link between issues writes to both of them. */
  function told(ends: readonly Issue[], link: { from: IssueLink | null; to: IssueLink | null }, by: User): Change[] {
    const type = link.to ? 'IssueLinked' : 'IssueUnlinked'
    const entry = { type, updatedAt: ledger.now(), updatedBy: by.uid, links: [link] } as const
    return ends.flatMap(issue => [...touch(issue, by), ...ledger.history({ issueId: issue.id, ...entry })])
  }
}

/** In any case, and with underscores for spaces: clients send `RELATES` and `relates`. Throws `Refusal` 422. */
function findRelationship(text: string): Relationship {
  const found = Object.hasOwn(relationships, words(text)) ? relationships[words(text)] : undefined
  if (found) return found
  throw invalidField('relationship', `${text} is no relationship; there are: ${Object.keys(relationships).join(', ')}.`)
}

const words = (text: string) => text.trim().toLowerCase().replaceAll('_', ' ')

type Ends = Pick<IssueLink, 'outwardOf' | 'inwardOf'>

/** `relates` reads the same from both sides, whoever was named first. */
function sameEnds(link: IssueLink, ends: Ends): boolean {
  if (link.outwardOf === ends.outwardOf && link.inwardOf === ends.inwardOf) return true
  return link.type === 'relates' && link.outwardOf === ends.inwardOf && link.inwardOf === ends.outwardOf
}

function recordsOf<Stored>(ids: ReadonlySet<string> | undefined, table: ReadonlyMap<string, Stored>): Stored[] {
  return [...(ids ?? [])].flatMap(id => table.get(id) ?? [])
}
