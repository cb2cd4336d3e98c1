import { applicationCalls } from './applications.ts'
import { type CallTracker, createCall } from './call-tracker.ts'
import { entityCalls } from './entity-events.ts'
import { createExchange, type TrackerAccess } from './exchange.ts'
import { fieldCalls } from './fields.ts'
import { issueLinkCalls } from './issue-links.ts'
import { issueCalls } from './issues.ts'
import { createRateBudget, type RateBudget } from './rate-budget.ts'
import { remoteLinkCalls } from './remote-links.ts'
import { triggerCalls } from './triggers.ts'
import { userCalls } from './users.ts'

export type TrackerClient = ReturnType<typeof createTrackerClient>

/** How long a call of Tracker may take, pauses included. */
export type CallLimits = {
  /** How often a request is sent at most, and the pause after the first time, which doubles each time. */
  tries?: number
  firstPauseMs?: number
  /** Ends pauses and what waits for the rate budget; a request in flight is waited for. */
  signal?: AbortSignal
  /** Milliseconds until a request counts as not answered; 30,000 by default. */
  longestMs?: number
}

/**
 * Tracker's API for one organization. Its calls throw TrackerError, or the reason of `signal` once that aborts: then pauses end
 * at once, but a request in flight is waited for. Close it at the end.
 */
export function createTrackerClient(
  access: TrackerAccess &
    CallLimits & {
      /** Requests per second at most. */
      rate: { search: number; other: number }
      /** The budgets that keep to the rate; by default this client has budgets of its own. */
      budgets?: Record<'search' | 'other', RateBudget>
      /** Version of the API; both have the same calls. */
      version?: 'v2' | 'v3'
    },
) {
  const { url, token, rate, version = 'v3' } = access
  const exchange = createExchange(access)
  const shared = {
    exchange,
    prefix: `${new URL(url).pathname.replace(/\/+$/, '')}/${version}`,
    token,
    budgets: access.budgets ?? { search: createRateBudget(rate.search), other: createRateBudget(rate.other) },
  }
  const callsWithin = ({ tries = 4, firstPauseMs = 500, signal, longestMs }: CallLimits) =>
    trackerCalls(createCall({ ...shared, tries, firstPauseMs, signal, longestMs }))
  return {
    ...callsWithin(access),
    /** The same calls with other limits, over the same connections and within the same budgets. */
    within: callsWithin,
    close: () => exchange.close(),
  }
}

const trackerCalls = (call: CallTracker) => ({
  applications: applicationCalls(call),
  remoteLinks: remoteLinkCalls(call),
  issues: issueCalls(call),
  issueLinks: issueLinkCalls(call),
  users: userCalls(call),
  fields: fieldCalls(call),
  triggers: triggerCalls(call),
  entities: entityCalls(call),
})
