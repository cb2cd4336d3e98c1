import type { TrackerClient } from '../../tracker-client/create-tracker-client.ts'
import { applicationIdsOf, type RemoteLink } from '../../tracker-client/remote-links.ts'
import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import { answerOfError } from './failure-of.ts'
import type { Answer, Step } from './protocol.ts'

/** An issue whose links are claimed, and what Tracker said of it since. */
export type ClaimedIssue = {
  applicationId: string
  issueKey: string
  remoteLinks: Pick<TrackerClient['remoteLinks'], 'list' | 'add' | 'remove'>
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
  remoteKey: string,
  step: Exclude<Step, { kind: 'rest' }>,
): Promise<Answer | undefined> {
  try {
    if (step.kind === 'look') return { kind: 'found', remoteLinkIds: await find(issue, remoteKey) }
    if (step.kind === 'add') return { kind: 'added', remoteLinkId: await add(issue, remoteKey) }
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

async function find(issue: ClaimedIssue, remoteKey: string): Promise<string[]> {
  issue.listed ??= await issue.remoteLinks.list(issue.issueKey)
  for (const link of issue.listed) noteMove(issue, link)
  const isMeant = (link: RemoteLink) =>
    link.object.key === remoteKey && applicationIdsOf(link).includes(issue.applicationId)
  return issue.listed.filter(isMeant).map(({ id }) => id)
}

function noteMove(issue: ClaimedIssue, { issueKey }: RemoteLink): void {
  if (issueKey !== undefined && issueKey !== issue.issueKey) issue.movedTo = issueKey
}
