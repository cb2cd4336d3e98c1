import type { ChangelogEntry, Issue, IssueLink } from '../../world/records.ts'
import { type DocumentForm, selfOf } from './document-form.ts'
import { issueLinkDocument } from './link-documents.ts'
import { issueRef, issueTypeRef, priorityRef, queueRef, statusRef, userRef } from './references.ts'

/** An entry of the changelog of an issue; what did not change is left out. */
export function changelogDocument(form: DocumentForm, issue: Issue, entry: ChangelogEntry) {
  const { id, updatedAt, updatedBy, type, fields, links, comments, executedTriggers } = entry
  return {
    id,
    self: selfOf(form, 'issues', issue.key, 'changelog', id),
    issue: issueRef(form, issue),
    updatedAt,
    updatedBy: userRef(form, updatedBy),
    type,
    transport: 'api',
    ...(fields && { fields: fields.map(change => fieldChange(form, change)) }),
    ...(links && {
      links: links.map(({ from, to }) => ({ from: linkEnd(form, issue, from), to: linkEnd(form, issue, to) })),
    }),
    ...(comments && { comments: { added: comments.map(comment => commentRef(form, issue, comment)) } }),
    ...(executedTriggers && { executedTriggers: executedTriggers.map(run => triggerRun(form, run)) }),
  }
}

type Part<Name extends 'fields' | 'comments' | 'executedTriggers'> = NonNullable<ChangelogEntry[Name]>[number]

const fieldChange = (form: DocumentForm, { field, from, to }: Part<'fields'>) => ({
  field: { self: selfOf(form, 'fields', field), id: field, display: field },
  from: fieldValue(form, field, from),
  to: fieldValue(form, field, to),
})

/** A value as the issue itself shows it. */
function fieldValue(form: DocumentForm, field: string, value: unknown): unknown {
  if (Array.isArray(value) && value.length === 0) return null
  if (Array.isArray(value) && field === 'followers') return value.map(uid => userRef(form, `${uid}`))
  if (typeof value !== 'string') return value
  if (field === 'assignee') return userRef(form, value)
  if (field === 'queue') return queueRef(form, value)
  if (field === 'type') return issueTypeRef(form, value)
  if (field === 'status') return statusRef(form, value)
  return field === 'priority' ? priorityRef(form, value) : value
}

function linkEnd(form: DocumentForm, issue: Issue, link: IssueLink | null) {
  if (!link) return null
  const { direction, object, type } = issueLinkDocument(form, issue, link)
  return { direction, object, type }
}

const commentRef = (form: DocumentForm, issue: Issue, { id, text }: Part<'comments'>) => ({
  self: selfOf(form, 'issues', issue.key, 'comments', id),
  id,
  display: text,
})

const triggerRun = (form: DocumentForm, { queue, id, name, success, message }: Part<'executedTriggers'>) => ({
  trigger: { self: selfOf(form, 'queues', queue, 'triggers', id), id: `${id}`, display: name },
  success,
  message,
})
