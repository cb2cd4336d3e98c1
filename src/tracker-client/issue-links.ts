import type { CallTracker } from './call-tracker.ts'
import { type LinkFrame, readLinkFrame } from './link-frame.ts'
import { allPages } from './pages.ts'
import { fieldsOf, neededText, type Reference, referenceOf, textOf, type UserReference, userOf } from './read-fields.ts'
import type { ImportedRelationship, Relationship } from './relationships.ts'
import { removed } from './remote-links.ts'

/** A link between two issues, seen from the one that was asked for: `object` is the other issue. */
export type IssueLink = LinkFrame & {
  object: { id: string | undefined; key: string; display: string | undefined }
  assignee: UserReference | undefined
  status: Reference | undefined
}

/** A user by login or, as a `bigint`, by uid. */
export type LoginOrUid = string | bigint

/** A link as `links/_import` takes it. `updatedAt` and `updatedBy` come together or not at all. */
export type ImportedLink = {
  relationship: ImportedRelationship
  /** Key or id of the other issue. */
  issue: string
  createdAt: Date
  createdBy: LoginOrUid
  updatedAt?: Date
  updatedBy?: LoginOrUid
}

/** Links between issues, each named by its key or its id (tracker contract, section 7). */
export const issueLinkCalls = (call: CallTracker) => ({
  list: (issue: string) =>
    allPages(call, { method: 'GET', path: ['issues', issue, 'links'] }, 'the links of an issue', readIssueLink),

  async add(issue: string, link: { relationship: Relationship; issue: string }): Promise<IssueLink> {
    const { body } = await call({ method: 'POST', path: ['issues', issue, 'links'], body: link })
    return readIssueLink(body)
  },

  /** Adds a link with its history. According to newer documents only administrators may. */
  async addImported(issue: string, link: ImportedLink): Promise<IssueLink> {
    const { body } = await call({ method: 'POST', path: ['issues', issue, 'links', '_import'], body: link })
    return readIssueLink(body)
  },

  /** Removes a link by the id of its list entry; it does no harm if the link does not exist. */
  async remove(issue: string, id: string): Promise<'removed' | 'absent'> {
    return await removed(call({ method: 'DELETE', path: ['issues', issue, 'links', id] }))
  },
})

function readIssueLink(value: unknown): IssueLink {
  const fields = fieldsOf(value, 'a link')
  const object = fieldsOf(fields.object, 'the issue of a link')
  return {
    ...readLinkFrame(fields),
    object: {
      id: textOf(object.id),
      key: neededText(object.key, 'the key of a linked issue'),
      display: textOf(object.display),
    },
    assignee: userOf(fields.assignee),
    status: referenceOf(fields.status),
  }
}
