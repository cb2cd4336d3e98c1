import type { FindIssue, FindIssueOf } from '../links/find-moves.ts'
import type { TrackerClient } from '../tracker-client/create-tracker-client.ts'
import { TrackerError } from '../tracker-client/tracker-error.ts'
import type { TrackerClients } from './tracker-clients.ts'

/** Whoever asks does not wait long. */
const limits = { tries: 2, firstPauseMs: 200, longestMs: 2_000 }

/** Finds issues in the Tracker of an application's organization. */
export const issueFinder =
  ({ trackerOf }: Pick<TrackerClients, 'trackerOf'>): FindIssueOf =>
  application => {
    const tracker = trackerOf(application)
    return tracker && findIn(tracker.within(limits))
  }

/** An issue by any of its keys or its id; undefined: Tracker says that there is none. Throws TrackerError. */
export const findIn =
  ({ issues }: Pick<TrackerClient, 'issues'>): FindIssue =>
  async issue => {
    try {
      return await issues.get(issue)
    } catch (error) {
      if (error instanceof TrackerError && (error.status === 404 || error.status === 410)) return undefined
      throw error
    }
  }
