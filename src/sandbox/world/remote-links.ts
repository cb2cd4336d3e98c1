import { commit, current, type Ledger, nextNumber } from './ledger.ts'
import { findRelationship, refuseRepeat, storyNow, touchIssue } from './link-rules.ts'
import type { Application, Issue, RemoteLink, User } from './records.ts'
import { invalidField } from './refusal.ts'
import { recordsOf } from './tables.ts'

type NewRemoteLink = { issue: Issue; application: Application; key: string; relationship?: string; by: User }

export const remoteLinksOf = ({ tables }: Ledger, issue: Issue): RemoteLink[] =>
  recordsOf(tables.remoteLinks, tables.ofIssue.remoteLinks.get(issue.id))

export function remoteLink({ tables }: Ledger, issue: Issue, id: string): RemoteLink | undefined {
  const link = tables.remoteLinks.get(id)
  return link?.issueId === issue.id ? link : undefined
}

/**
 * Links an issue to an object. `relationship` in any case, `relates` by default; the key is kept exactly. Throws `Refusal`:
 * 422 for an unknown relationship or an invalid key; 422 or 409 for a link that exists (a setting); 423 as for an edit.
 */
export function addRemoteLink(ledger: Ledger, wish: NewRemoteLink): RemoteLink {
  const { issue, application, key, by } = wish
  const { type, direction } = findRelationship(wish.relationship ?? 'relates')
  if (key === '') throw invalidField('key', 'key is empty: name the object of the application.')
  if (!key.isWellFormed()) throw invalidField('key', 'key contains half of a surrogate pair: no address can carry it.')
  const { remoteLinks, ofIssue } = ledger.tables
  // Nothing is copied: an issue may have thousands.
  const exists = ofIssue.remoteLinks
    .get(issue.id)
    ?.values()
    .map(id => remoteLinks.get(id))
    .some(link => link?.key === key && link.applicationId === application.id && link.type === type)
  if (exists) refuseRepeat(ledger, `Issue ${issue.key} is already linked to ${key} of ${application.id}.`)
  const touched = touchIssue(ledger, issue, by)
  const { number: id, change } = nextNumber(ledger, 'links')
  const of = { issueId: issue.id, linkedAs: current(ledger, issue).key, applicationId: application.id }
  const link = { id, ...of, type, direction, key, ...storyNow(by) }
  commit(ledger, [change, ['remoteLinks', `${id}`, link], ...touched])
  return link
}

export function removeRemoteLink(ledger: Ledger, issue: Issue, link: RemoteLink, by: User): void {
  commit(ledger, [['remoteLinks', `${link.id}`, null], ...touchIssue(ledger, issue, by)])
}
