import { noteMove } from '../../links/moved-issues.ts'
import type { Logger } from '../../logging/logger.ts'
import { noteAnswer, noteList } from '../../storage/calls/tracker-answers.ts'
import type { LinkKeys } from '../../storage/links/link-keys.ts'
import { endStops, putOff, stopMirror, wholeApplication } from '../../storage/mirror/mirror-stops.ts'
import { claimIssue, lockMirrored, storeMirrored } from '../../storage/mirror/mirrored-links.ts'
import type { Storage } from '../../storage/open-storage.ts'
import { type Claimed, longestLease } from '../../storage/work/claims.ts'
import type { TrackerClient } from '../../tracker-client/create-tracker-client.ts'
import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { findIn } from '../find-issue.ts'
import { afterStep, finish, type MirroredLink, type MirrorFailure, stoppedBy } from './protocol.ts'
import { restoreLinks } from './restore-links.ts'
import { settleLink } from './settle-link.ts'
import { linkOfClaim, linkOfRow, rowOfLink } from './stored-link.ts'
import type { ClaimedIssue } from './take-step.ts'

/** What sending needs. `stop` aborts when the server stops. */
export type Sending = { database: Storage['management']; log: Logger; stop: AbortSignal }

/** Links of one issue that are claimed together. */
const mostLinks = 200

/**
 * Milliseconds: a request counts as unanswered after `request`, and none is begun later than `begin` after the claim. Both together are
 * well below the lease, so that whoever takes over after a death finds done what was sent.
 */
const limits = { request: 8_000, begin: (longestLease - 10) * 1_000 }

/** Milliseconds after which what came of links is stored, while others are still sent. */
const storeEvery = 500

type Worked = LinkKeys & { link: MirroredLink }

/** `most`: links at most; one is enough to see whether a stop is over. `isProbed`: what Tracker answers is counted for the probe. */
export type Sent = { applicationId: string; issueKey: string; isProbed: boolean; most?: number }

/** Makes Tracker alike for what is due of one issue. */
export async function sendIssue(
  sending: Sending,
  tracker: TrackerClient,
  { applicationId, issueKey, isProbed, most = mostLinks }: Sent,
): Promise<void> {
  const begin = AbortSignal.timeout(limits.begin)
  const rows = await claimIssue(sending.database, { applicationId, issueKey, limit: most, leaseSeconds: longestLease })
  const signal = AbortSignal.any([begin, sending.stop])
  const { remoteLinks, users } = tracker.within({ tries: 1, signal, longestMs: limits.request })
  const ownUid = () => ownUidOf(tracker, users)
  const restore = (remoteKey: string) =>
    sending.database.$transaction(async transaction => {
      const links = [{ issueKey, remoteKey } as LinkKeys]
      return (await restoreLinks(transaction, applicationId, links)) > 0
    })
  const notes = isProbed ? notesOf(sending, applicationId) : noNotes
  const issue: ClaimedIssue = { applicationId, issueKey, remoteLinks, restore, ownUid, ...notes }
  const claim: Claim = {
    sending,
    issue,
    worked: [],
    storedAt: performance.now(),
    hasSucceeded: false,
    isStopped: false,
  }
  try {
    await workOff(claim, rows)
  } finally {
    await store(claim)
  }
  if (issue.movedTo !== undefined) await followMove(claim, tracker, issue.movedTo)
}

type Notes = Pick<ClaimedIssue, 'note' | 'noteList'>

const noNotes: Notes = { note: async () => {}, noteList: async () => {} }

/** What is counted for the probe is no part of a step: one that was done stays done. */
function notesOf({ database, log }: Sending, applicationId: string): Notes {
  const tell = (error: unknown) =>
    log.warn({ applicationId, err: error }, 'an answer of Tracker was not counted for the probe')
  return {
    note: answer => noteAnswer(database, applicationId, answer).catch(tell),
    noteList: list => noteList(database, applicationId, list).catch(tell),
  }
}

/** The uids of the tokens' users, which never change: each is asked for once. */
const ownUids = new WeakMap<TrackerClient, string>()

async function ownUidOf(tracker: TrackerClient, users: Pick<TrackerClient['users'], 'myself'>): Promise<string> {
  const uid = ownUids.get(tracker) ?? (await users.myself()).uid
  ownUids.set(tracker, uid)
  return uid
}

type Claim = {
  sending: Sending
  issue: ClaimedIssue
  /** Links that were worked on, and are not stored. */
  worked: Worked[]
  storedAt: number
  hasSucceeded: boolean
  /** Its issue is stopped: it is locked, or Tracker has none such. */
  isStopped: boolean
}

async function workOff(claim: Claim, rows: readonly Claimed<'link_mirror'>[]): Promise<void> {
  for (const [index, row] of rows.entries()) {
    const { link, failure, outOfTime, succeeded } = await settleLink(claim.issue, row.remoteKey, linkOfClaim(row))
    const rest = rows.slice(index + 1)
    if (succeeded && !claim.hasSucceeded) await tellSuccess(claim)
    if (failure !== undefined) await tellFailure(claim, row.remoteKey, link, failure)
    const stops = failure && stoppedBy[failure.code]
    claim.isStopped = stops === 'issue'
    if (outOfTime || stops !== undefined) return note(claim, row, link, rest, one => ({ ...one, dueIn: 0 }))
    if (failure !== undefined && failure.code !== 'link-refused')
      // Tracker fails at this issue: its other links would fare the same. They come first the next time.
      return note(claim, row, { ...link, dueIn: (link.dueIn ?? 0) + behind }, rest, one => failedTogether(one, failure))
    note(claim, row, link)
    if (performance.now() - claim.storedAt > storeEvery) await store(claim)
  }
}

/** Milliseconds by which the link that failed waits longer than those that were not tried because of it. */
const behind = 100

const failedTogether = (link: MirroredLink, { detail }: MirrorFailure) =>
  afterStep(link, { kind: 'look' }, { kind: 'failed', failure: { code: 'tracker-away', detail } })

/** Notes what is known of a link, and of others that were not tried. */
function note(
  { worked }: Claim,
  row: Claimed<'link_mirror'>,
  link: MirroredLink,
  rest: readonly Claimed<'link_mirror'>[] = [],
  ofRest: (link: MirroredLink) => MirroredLink = one => one,
): void {
  worked.push({ ...keysOf(row), link }, ...rest.map(one => ({ ...keysOf(one), link: ofRest(linkOfClaim(one)) })))
}

// What is stored was checked when it was written.
const keysOf = ({ issueKey, remoteKey }: Claimed<'link_mirror'>): LinkKeys => ({
  issueKey: issueKey as IssueKey,
  remoteKey: remoteKey as RemoteKey,
})

/** Stores what came of links whose leases are still ours. */
async function store(claim: Claim): Promise<void> {
  const { sending, issue, worked } = claim
  claim.storedAt = performance.now()
  if (worked.length === 0) return
  claim.worked = []
  const linkOf = new Map(worked.map(({ remoteKey, link }) => [remoteKey, link]))
  await sending.database.$transaction(async transaction => {
    const rows = await lockMirrored(transaction, issue.applicationId, worked)
    const finished = rows.flatMap(row => {
      const link = linkOf.get(row.remoteKey)
      const known = link && finish(linkOfRow(row), link)
      return known ? { issueKey: row.issueKey, remoteKey: row.remoteKey, ...rowOfLink(known) } : []
    })
    await storeMirrored(transaction, issue.applicationId, finished, { isDone: true })
    if (claim.isStopped) await putOff(transaction, issue.applicationId, [issue.issueKey])
  })
}

async function tellSuccess(claim: Claim): Promise<void> {
  claim.hasSucceeded = true
  const { sending, issue } = claim
  for (const issueKey of await endStops(sending.database, issue.applicationId, issue.issueKey))
    sending.log.info(aboutOf(issue.applicationId, issueKey), 'the mirror goes on: Tracker takes changes again')
}

async function tellFailure(
  { sending, issue }: Claim,
  remoteKey: string,
  { attempts }: MirroredLink,
  { code, detail }: MirrorFailure,
): Promise<void> {
  const { applicationId, issueKey } = issue
  const stops = stoppedBy[code]
  if (stops === undefined) {
    // Each further one would say the same: the link itself says why, and when it is tried again.
    if (attempts === 1)
      sending.log.warn(
        { applicationId, issueKey, remoteKey, reason: code, detail },
        'a link was not mirrored; it is tried again',
      )
    return
  }
  const of = stops === 'issue' ? issueKey : wholeApplication
  const { isNew } = await stopMirror(sending.database, applicationId, of, { reason: code, detail })
  if (isNew)
    sending.log.error(
      { ...aboutOf(applicationId, of), reason: code, detail },
      `the mirror has stopped for ${stops === 'issue' ? 'an issue' : 'an application'}; it is tried again, at once after a reload of the configuration or \`tracker-links mirror resume\``,
    )
}

const aboutOf = (applicationId: string, issueKey: string) => ({
  applicationId,
  ...(issueKey !== wholeApplication && { issueKey }),
})

/** Tracker names the issue by another key: from now on it is one issue under all its keys. */
async function followMove({ sending, issue }: Claim, tracker: TrackerClient, movedTo: IssueKey): Promise<void> {
  const { applicationId, issueKey } = issue
  const found = await findIn(tracker.within({ tries: 1, longestMs: limits.request }))(issueKey)
  if (found === undefined) return
  const move = { issueId: found.id, key: found.key, formerKeys: [...found.aliases, issueKey] }
  await noteMove(sending.database, applicationId, move)
  sending.log.info({ applicationId, issueKey, movedTo }, 'an issue was moved: its links go to its present key')
}
