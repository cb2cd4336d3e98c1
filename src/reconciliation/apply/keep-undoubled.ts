import { setTimeout as sleep } from 'node:timers/promises'
import { TrackerError } from '../../tracker-client/tracker-error.ts'
import { compareLinks } from '../compare/compare-links.ts'
import { lookAtIssue } from '../compare/look-at-issue.ts'
import { whenDatabaseAnswers } from '../compare/patience.ts'
import type { PlanLine } from '../compare/plan-line.ts'
import type { OpenRun } from '../compare/run-ground.ts'
import { createHere } from './repair-here.ts'

/** Milliseconds in which Tracker's calls for removed remote links have come in, as a rule. */
const callsComeIn = 2_000

/**
 * Tracker may call the application for each remote link that is removed, also for one of several of a link. Such a call removes the link
 * here although Tracker still has it: what has vanished so is created again.
 */
export async function keepUndoubled(run: OpenRun, lines: readonly PlanLine[], pause = callsComeIn): Promise<void> {
  if (lines.length === 0) return
  await sleep(pause, undefined, { signal: run.signal })
  for (const [issueKey, some] of Map.groupBy(lines, line => line.issueKey)) await keepOfIssue(run, issueKey, some)
}

async function keepOfIssue(run: OpenRun, issueKey: string, lines: readonly PlanLine[]): Promise<void> {
  const issueId = lines[0]?.issueId
  const keys = new Set(lines.map(({ remoteKey }) => remoteKey))
  const since = await whenDatabaseAnswers(run.signal, () => run.feed.latest(run.application.id))
  try {
    const { links, baseOf } = await lookAtIssue(run, { key: issueKey, formerKeys: [], since })
    const own = links.filter(({ remoteKey }) => keys.has(remoteKey))
    const found = compareLinks({ issueKey, issueId }, own, { baseOf, planned: 'here' }).lines
    // Not what was removed here by somebody else meanwhile.
    const vanished = found.flatMap(({ why, remoteKey }) => (why === 'creation-in-tracker-got-lost' ? [remoteKey] : []))
    const lost = own.filter(({ remoteKey }) => vanished.includes(remoteKey))
    if (lost.length > 0) await createHere(run, { issueKey, issueId, formerKeys: [] }, lost)
  } catch (error) {
    // The next comparison finds what is left.
    if (!(error instanceof TrackerError) || error.status === 401) throw error
  }
}
