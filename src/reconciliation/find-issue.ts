import type { Config } from '../config/schema.ts'
import type { FindIssueOf } from '../links/find-moves.ts'
import { createTrackerClient, type TrackerClient } from '../tracker-client/create-tracker-client.ts'
import { TrackerError } from '../tracker-client/tracker-error.ts'

/** Finds issues in the Tracker of the only organization that is configured. */
export function openIssueFinder({ organizations }: Pick<Config, 'organizations'>): {
  findIssueOf: FindIssueOf
  close: () => Promise<void>
} {
  const [organization, another] = organizations
  if (organization === undefined || another !== undefined)
    return { findIssueOf: () => undefined, close: async () => {} }
  // Whoever asks does not wait long.
  const tracker = createTrackerClient({ ...organization, tries: 2, firstPauseMs: 200 })
  return { findIssueOf: () => issue => findIssue(tracker, issue), close: () => tracker.close() }
}

/** An issue by any of its keys or its id; undefined: Tracker says that there is none. Throws TrackerError. */
async function findIssue(tracker: TrackerClient, issue: string) {
  try {
    return await tracker.issues.get(issue)
  } catch (error) {
    if (error instanceof TrackerError && (error.status === 404 || error.status === 410)) return undefined
    throw error
  }
}
