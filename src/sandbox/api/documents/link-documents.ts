import type { Issue, IssueLink, RemoteLink } from '../../world/records.ts'
import { type DocumentForm, linkIdOf, selfOf } from './document-form.ts'
import { applicationRef, issueRef, linkTypeRef, statusRef, userRef } from './references.ts'

export function remoteLinkDocument(form: DocumentForm, issue: Issue, link: RemoteLink) {
  const { applicationId, key } = link
  const application = form.world.application(applicationId) ?? { id: applicationId, name: applicationId }
  return {
    self: selfOf(form, 'issues', issue.key, 'remotelinks', link.id),
    id: linkIdOf(form, link.id),
    type: linkTypeRef(form, link.type),
    direction: link.direction,
    object: {
      self: selfOf(form, 'applications', applicationId, 'objects', key),
      id: key,
      key,
      application: applicationRef(form, application),
    },
    ...storyOf(form, link),
  }
}

/** The link as it reads from this issue's side. */
export function issueLinkDocument(form: DocumentForm, issue: Issue, link: IssueLink) {
  const isOutward = link.outwardOf === issue.id
  const other = form.world.issue(isOutward ? link.inwardOf : link.outwardOf) as Issue
  return {
    self: selfOf(form, 'issues', issue.key, 'links', link.id),
    id: linkIdOf(form, link.id),
    type: linkTypeRef(form, link.type),
    direction: isOutward ? 'outward' : 'inward',
    object: issueRef(form, other),
    ...storyOf(form, link),
    ...(other.assignee !== undefined && { assignee: userRef(form, other.assignee) }),
    status: statusRef(form, other.status),
  }
}

const storyOf = (form: DocumentForm, link: RemoteLink | IssueLink) => ({
  createdBy: userRef(form, link.createdBy),
  updatedBy: userRef(form, link.updatedBy),
  createdAt: link.createdAt,
  updatedAt: link.updatedAt,
})
