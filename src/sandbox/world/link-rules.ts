import { checkEditable, current, type Ledger, now, settingsOf } from './ledger.ts'
import type { Issue, User } from './records.ts'
import { invalidField, Refusal } from './refusal.ts'
import type { Change } from './tables.ts'
import { type Relationship, relationships } from './vocabulary.ts'

// What links to objects and links between issues have in common.

/** When and by whom a link was created: moments in Tracker's form in UTC, and uids. */
export type LinkStory = { createdAt: string; createdBy: string; updatedAt: string; updatedBy: string }

export function storyNow(by: User): LinkStory {
  const moment = now()
  return { createdAt: moment, updatedAt: moment, createdBy: by.uid, updatedBy: by.uid }
}

/** In any case, and with underscores for spaces: clients send `RELATES` and `relates`. Throws `Refusal` 422. */
export function findRelationship(text: string): Relationship {
  const words = text.trim().toLowerCase().replaceAll('_', ' ')
  const found = Object.hasOwn(relationships, words) ? relationships[words] : undefined
  if (found) return found
  throw invalidField('relationship', `${text} is not a relationship; use: ${Object.keys(relationships).join(', ')}.`)
}

/** Refuses a link that exists, unless a setting has it added again. Throws `Refusal` 422 or 409. */
export function refuseRepeat(ledger: Ledger, message: string): void {
  const { repeatedLink } = settingsOf(ledger)
  if (repeatedLink === 'duplicate') return
  throw new Refusal(repeatedLink === 'conflict' ? 409 : 422, { errorMessages: [message] })
}

/** What adding or removing a link does to its issue: nothing, or a new version (a setting). */
export function touchIssue(ledger: Ledger, known: Issue, by: User): Change[] {
  if (!settingsOf(ledger).linksRaiseVersion) return []
  const issue = current(ledger, known)
  checkEditable(ledger, issue, by)
  const version = issue.version + 1
  return [['issues', issue.id, { ...issue, version, updatedAt: now(), updatedBy: by.uid }]]
}
