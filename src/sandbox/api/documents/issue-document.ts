import type { Issue } from '../../world/records.ts'
import { type DocumentForm, selfOf } from './document-form.ts'
import { issueRef, issueTypeRef, priorityRef, queueRef, statusRef, userRef } from './references.ts'

/** Parts of an issue that the sandbox does not have: `expand` shows them empty. */
const emptyParts = ['transitions', 'attachments', 'comments']

/** What an issue does not have is left out, as Tracker does. */
export const issueDocument = (form: DocumentForm, issue: Issue, expand: readonly string[] = []) => ({
  self: selfOf(form, 'issues', issue.key),
  id: issue.id,
  key: issue.key,
  version: issue.version,
  ...(issue.aliases.length > 0 && { aliases: issue.aliases }),
  ...(issue.previousQueue !== undefined && { previousQueue: queueRef(form, issue.previousQueue) }),
  summary: issue.summary,
  ...(issue.description !== undefined && { description: issue.description }),
  ...parentOf(form, issue),
  ...(issue.unique !== undefined && { unique: issue.unique }),
  type: issueTypeRef(form, issue.type),
  priority: priorityRef(form, issue.priority),
  status: statusRef(form, issue.status),
  queue: queueRef(form, issue.queue),
  createdAt: issue.createdAt,
  createdBy: userRef(form, issue.createdBy),
  updatedAt: issue.updatedAt,
  updatedBy: userRef(form, issue.updatedBy),
  ...(issue.assignee !== undefined && { assignee: userRef(form, issue.assignee) }),
  ...(issue.followers.length > 0 && { followers: issue.followers.map(uid => userRef(form, uid)) }),
  ...(issue.tags.length > 0 && { tags: issue.tags }),
  ...(issue.deadline !== undefined && { deadline: issue.deadline }),
  votes: 0,
  favorite: false,
  ...Object.fromEntries(emptyParts.filter(name => expand.includes(name)).map(name => [name, []])),
})

/** The parent of an issue is the other end of its link as a sub-issue. */
function parentOf(form: DocumentForm, issue: Issue) {
  const { world } = form
  const link = world.issueLinksOf(issue).find(({ type, inwardOf }) => type === 'subtask' && inwardOf === issue.id)
  const parent = link && world.issue(link.outwardOf)
  return parent ? { parent: issueRef(form, parent) } : {}
}
