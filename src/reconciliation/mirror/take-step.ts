import type { TrackerClient } from '../../tracker-client/create-tracker-client.ts'
import { applicationIdsOf, type RemoteLink } from '../../tracker-client/remote-links.ts'
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
    if (step.kind === 'look') return await find(issue, remoteKey, isAgreed(link))
    if (step.kind === 'add') return { kind: 'added', remoteLinkId: await add(issue, remoteKey) }
    if (step.kind === 'restore') return { kind: (await issue.restore(remoteKey)) ? 'restored' : 'removed' }
    for (const id of step.remoteLinkIds) await issue.remoteLinks.remove(issue.issueKey, id)
    return { kind: 'removed' }
  } catch (error) {
    return answerOfError(error, step)
  }
}

/** Tracker need not tell us what we told it, so it is not asked to call back. */
async function add(issue: ClaimedIssue, remoteKey: string): Promise<string> {
  const wish = { origin: issue.applicationId, key: remoteKey }
  const added = await issue.remoteLinks.add(issue.issueKey, wish, { backlink: false })
  noteMove(issue, added)
  return added.id
}

/** Which of them are ours is asked only if it matters. */
async function find(issue: ClaimedIssue, remoteKey: string, mattersWhose: boolean): Promise<Found> {
  issue.listed ??= await issue.remoteLinks.list(issue.issueKey)
  for (const link of issue.listed) noteMove(issue, link)
  const isMeant = (link: RemoteLink) =>
    link.object.key === remoteKey && applicationIdsOf(link).includes(issue.applicationId)
  const found = issue.listed.filter(isMeant)
  if (found.length === 0 || !mattersWhose) return { kind: 'found', remoteLinkIds: idsOf(found), ours: [] }
  const uid = await issue.ownUid()
  const ours = found.filter(({ createdBy }) => createdBy?.id === uid)
  return { kind: 'found', remoteLinkIds: idsOf(found), ours: idsOf(ours) }
}

const idsOf = (links: readonly RemoteLink[]) => links.map(({ id }) => id)

function noteMove(issue: ClaimedIssue, { issueKey }: RemoteLink): void {
  if (issueKey !== undefined && issueKey !== issue.issueKey) issue.movedTo = issueKey
}
