import { type IssueKey, parseIssueKey } from '../tracker-contract/issue-key.ts'
import { type RegisteredApplication, readApplication } from './applications.ts'
import type { CallTracker } from './call-tracker.ts'
import { type LinkFrame, readLinkFrame } from './link-frame.ts'
import { pages } from './pages.ts'
import { fieldsOf, neededText, textOf } from './read-fields.ts'
import { TrackerError } from './tracker-error.ts'

/** Tracker's side of a link between an issue and an object of an application. */
export type RemoteLink = LinkFrame & {
  /** The present key of its issue, as its own address has it; the link may have been asked for by another. */
  issueKey: IssueKey | undefined
  object: { id: string | undefined; key: string; application: RegisteredApplication }
}

/** What the application of a remote link is registered as: in `id`, or in `type` in one of the documents' examples. */
export const applicationIdsOf = ({ object: { application } }: RemoteLink): (string | undefined)[] => [
  application.id,
  application.type,
]

/** Remote links of an issue, which is named by its key or its id (tracker contract, sections 6.2 to 6.4). */
export const remoteLinkCalls = (call: CallTracker) => ({
  /** `hear` is told in how many pages the list came. */
  async list(issue: string, hear?: (pages: number) => void): Promise<RemoteLink[]> {
    const request = { method: 'GET', path: ['issues', issue, 'remotelinks'] } as const
    const read: RemoteLink[][] = []
    for await (const page of pages(call, request, 'the remote links', readRemoteLink)) read.push(page)
    hear?.(read.length)
    return read.flat()
  },

  /**
   * Adds a link to the object `key` of the application `origin`. Tracker does not document what a second
   * link to the same object does, so list first. With `backlink` Tracker also calls `createLinkUrl` of the application.
   */
  async add(
    issue: string,
    { relationship = 'RELATES', key, origin }: { relationship?: string; key: string; origin: string },
    { backlink }: { backlink?: boolean } = {},
  ): Promise<RemoteLink> {
    const path = ['issues', issue, 'remotelinks']
    const answer = await call({ method: 'POST', path, query: { backlink }, body: { relationship, key, origin } })
    return readRemoteLink(answer.body)
  },

  /** Removes a link by the id of its list entry; it does no harm if the link does not exist. */
  async remove(issue: string, id: string): Promise<'removed' | 'absent'> {
    return await removed(call({ method: 'DELETE', path: ['issues', issue, 'remotelinks', id] }))
  },
})

/** How a removal ended: 404 means that there was nothing to remove. */
export async function removed(call: Promise<unknown>): Promise<'removed' | 'absent'> {
  try {
    await call
    return 'removed'
  } catch (error) {
    if (error instanceof TrackerError && error.status === 404) return 'absent'
    throw error
  }
}

function readRemoteLink(value: unknown): RemoteLink {
  const fields = fieldsOf(value, 'a remote link')
  const object = fieldsOf(fields.object, 'the object of a remote link')
  return {
    ...readLinkFrame(fields),
    issueKey: parseIssueKey(/\/issues\/([^/]+)\/remotelinks\//.exec(textOf(fields.self) ?? '')?.[1] ?? ''),
    object: {
      id: textOf(object.id),
      key: neededText(object.key, 'the key of an object'),
      application: readApplication(object.application),
    },
  }
}
