import type { TrackerAnswer } from '../../storage/calls/tracker-answers.ts'
import type { TrackerClient } from '../../tracker-client/create-tracker-client.ts'
import { applicationIdsOf, type RemoteLink } from '../../tracker-client/remote-links.ts'
import { TrackerError } from '../../tracker-client/tracker-error.ts'
import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import { answerOfError } from './failure-of.ts'
import { type Answer, type Found, isAgreed, type MirroredLink, type Step } from './protocol.ts'

/** An issue whose links are claimed, and what Tracker said of it since. */
export type ClaimedIssue = {
  applicationId: string
  issueKey: string
  remoteLinks: Pick<TrackerClient['remoteLinks'], 'list' | 'add' | 'remove'>
  /** Makes a link here again that a call of Tracker removed; false if it was changed since. */
  restore: (remoteKey: string) => Promise<boolean>
  /** Notes for the probe what Tracker answered. Neither of these two fails. */
  note: (answer: TrackerAnswer) => Promise<void>
  noteList: (list: { links: number; pages: number }) => Promise<void>
  /** The uid of the user whose token the mirror has. */
  ownUid: () => Promise<string>
  /** Its remote links, as one list told them that was asked for after the claim: it serves all links of the claim. */
  listed?: readonly RemoteLink[]
  /** Its present key, if Tracker named another than the one that it was asked for. */
  movedTo?: IssueKey
}

/**
 * Takes one step for a link, by one request; to remove several remote links, by one for each. Undefined: the time of the claim was over, or Tracker
 * asked for a pause, so that it was not taken.
 */
export async function takeStep(
  issue: ClaimedIssue,
  { remoteKey, link }: { remoteKey: string; link: MirroredLink },
  step: Exclude<Step, { kind: 'rest' }>,
): Promise<Answer | undefined> {
  try {
    if (step.kind === 'look') {
      const found = await find(issue, remoteKey, isAgreed(link))
      if (found.remoteLinkIds.length > 0 && wasRefused(link)) await issue.note('repeat found')
      return found
    }
    if (step.kind === 'add') return { kind: 'added', remoteLinkId: await add(issue, remoteKey) }
    if (step.kind === 'restore') return { kind: (await issue.restore(remoteKey)) ? 'restored' : 'removed' }
    for (const id of step.remoteLinkIds)
      if ((await issue.remoteLinks.remove(issue.issueKey, id)) === 'removed') await issue.note('removed')
    return { kind: 'removed' }
  } catch (error) {
    const answer = answerOfError(error, step)
    if (answer?.kind === 'exists') await issue.note(`repeat ${statusOf(error)}`)
    return answer
  }
}

/** Whether the try before was refused as that of a link which exists: any other failure leaves an error. */
const wasRefused = ({ attempts, lastError }: MirroredLink) => attempts > 0 && lastError === undefined

const statusOf = (error: unknown) => (error instanceof TrackerError && error.status === 409 ? 409 : 422)

/** Tracker need not tell us what we told it, so it is not asked to call back. */
async function add(issue: ClaimedIssue, remoteKey: string): Promise<string> {
  const wish = { origin: issue.applicationId, key: remoteKey }
  const added = await issue.remoteLinks.add(issue.issueKey, wish, { backlink: false })
  noteMove(issue, added)
  return added.id
}

/** Which of them are ours is asked only if it matters. */
async function find(issue: ClaimedIssue, remoteKey: string, mattersWhose: boolean): Promise<Found> {
  const listed = issue.listed ?? (await list(issue))
  issue.listed = listed
  for (const link of listed) noteMove(issue, link)
  const isMeant = (link: RemoteLink) =>
    link.object.key === remoteKey && applicationIdsOf(link).includes(issue.applicationId)
  const found = listed.filter(isMeant)
  if (isTwice(found)) await issue.note('second link')
  if (found.length === 0 || !mattersWhose) return { kind: 'found', remoteLinkIds: idsOf(found), ours: [] }
  const uid = await issue.ownUid()
  const ours = found.filter(({ createdBy }) => createdBy?.id === uid)
  return { kind: 'found', remoteLinkIds: idsOf(found), ours: idsOf(ours) }
}

async function list(issue: ClaimedIssue): Promise<readonly RemoteLink[]> {
  let pages = 0
  const links = await issue.remoteLinks.list(issue.issueKey, count => {
    pages = count
  })
  await issue.noteList({ links: links.length, pages })
  return links
}

/** Whether one object is linked twice in the same way. */
const isTwice = (links: readonly RemoteLink[]) =>
  new Set(links.map(({ type, direction }) => `${type.id} ${direction}`)).size < links.length

const idsOf = (links: readonly RemoteLink[]) => links.map(({ id }) => id)

function noteMove(issue: ClaimedIssue, { issueKey }: RemoteLink): void {
  if (issueKey !== undefined && issueKey !== issue.issueKey) issue.movedTo = issueKey
}
