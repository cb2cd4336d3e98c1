import { setTimeout as sleep } from 'node:timers/promises'
import { TrackerError } from '../../tracker-client/tracker-error.ts'
import { parseIssueKey } from '../../tracker-contract/issue-key.ts'
import { parseRemoteKey } from '../../tracker-contract/remote-key.ts'
import { compareLinks } from './compare-links.ts'
import type { FoundIssue } from './find-issues.ts'
import { type BothSidesOfIssue, lookAtIssue } from './look-at-issue.ts'
import { patiently, whenDatabaseAnswers } from './patience.ts'
import type { NewLine } from './plan-line.ts'
import type { OpenRun } from './run-ground.ts'

/** What the comparison of an issue gives: lines, and numbers of what was found. */
export type IssueResult = { lines: NewLine[]; counts: Record<string, number>; busy: string[]; issueKey: string }

/** The change feed as far as it was read: what comes after it was changed meanwhile. */
export type FeedMark = { latest: bigint }

/** Milliseconds before an issue is asked again whose links were being changed; after the last, they are told as busy. */
const pausesWhileBusy = [250, 500, 1_000]

/** Compares the links of one issue. Throws TrackerError only if it concerns all issues. */
export async function compareIssue(run: OpenRun, mark: FeedMark, found: FoundIssue): Promise<IssueResult> {
  try {
    const issue = found.isFound ? found : await findPresentKey(run, found)
    return await compareFound(run, mark, issue)
  } catch (error) {
    if (!(error instanceof TrackerError) || error.status === 401) throw error
    return unreadable(found, error)
  }
}

/** An issue that no search has shown: it may have another key by now. */
async function findPresentKey({ calls, patience }: OpenRun, { key }: FoundIssue): Promise<FoundIssue> {
  const issue = await patiently(patience, () => calls.issues.get(key))
  const present = parseIssueKey(issue.key) ?? key
  const formerKeys = [key, ...issue.aliases].flatMap(name => parseIssueKey(name) ?? [])
  return {
    key: present,
    isFound: true,
    id: issue.id,
    formerKeys: [...new Set(formerKeys)].filter(name => name !== present),
  }
}

async function compareFound(run: OpenRun, mark: FeedMark, issue: FoundIssue): Promise<IssueResult> {
  for (let tries = 0; ; tries++) {
    const since = mark.latest
    const sides = await lookAtIssue(run, { key: issue.key, formerKeys: issue.formerKeys, since })
    const result = resultOf(run, issue, sides)
    const pause = pausesWhileBusy[tries]
    if ((result.busy.length === 0 && !sides.isOpen) || pause === undefined) return result
    await sleep(pause, undefined, { signal: run.signal }).catch(() => undefined)
    run.signal.throwIfAborted()
    mark.latest = await whenDatabaseAnswers(run.signal, () => run.feed.latest(run.application.id))
  }
}

function resultOf(
  { position: { options } }: OpenRun,
  { key, id }: FoundIssue,
  { links, baseOf, formerKeys }: BothSidesOfIssue,
): IssueResult {
  const usable = links.filter(({ remoteKey }) => parseRemoteKey(remoteKey) !== undefined)
  const issue = { issueKey: key, issueId: id }
  const { lines, busy, same } = compareLinks(issue, usable, { baseOf, planned: options.planned })
  const about = { issueKey: key, ...(id !== undefined && { issueId: id }) }
  const moved = formerKeys.map(formerKey => movedLine(about, formerKey))
  const notUsable = links.length - usable.length
  const all: NewLine[] = [...moved, ...lines]
  if (notUsable > 0) all.push({ ...about, kind: 'unreadable', why: 'key-not-usable' })
  return {
    issueKey: key,
    lines: all,
    busy,
    counts: {
      issues: 1,
      same,
      busy: busy.length,
      ...countKinds(all),
      linksHere: links.filter(({ known }) => known.here === 'linked').length,
      linksInTracker: links.reduce((sum, { remoteLinkIds }) => sum + remoteLinkIds.length, 0),
    },
  }
}

const movedLine = (about: { issueKey: string; issueId?: string }, formerKey: string): NewLine => ({
  ...about,
  kind: 'moved',
  why: 'issue-was-moved',
  formerKey,
  repair: { side: 'here', action: 'move' },
})

function unreadable({ key, id }: FoundIssue, { status, message }: TrackerError): IssueResult {
  const line: NewLine = {
    issueKey: key,
    ...(id !== undefined && { issueId: id }),
    kind: 'unreadable',
    why: status === 404 ? 'issue-unknown' : status === 403 ? 'rights-missing' : 'request-failed',
    detail: message,
  }
  return { issueKey: key, lines: [line], busy: [], counts: { issues: 1, unreadable: 1 } }
}

const countNames = {
  'only-here': 'onlyHere',
  'only-in-tracker': 'onlyInTracker',
  doubled: 'doubled',
  moved: 'moved',
  unreadable: 'unreadable',
} as const

function countKinds(lines: readonly NewLine[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind } of lines) counts[countNames[kind]] = (counts[countNames[kind]] ?? 0) + 1
  return counts
}
