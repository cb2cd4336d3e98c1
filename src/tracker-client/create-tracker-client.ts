import { applicationCalls } from './applications.ts'
import { createCall } from './call-tracker.ts'
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

/**
 * Tracker's API for one organization. Its calls throw TrackerError, or the reason of `signal` once that aborts: then pauses end
 * at once, but a request in flight is waited for. Close it at the end.
 */
export function createTrackerClient(
  access: TrackerAccess & {
    /** Requests per second at most. */
    rate: { search: number; other: number }
    /** Budgets that are shared with others; without them this client keeps to `rate` by itself. */
    budgets?: Record<'search' | 'other', RateBudget>
    /** Version of the API; both have the same calls. */
    version?: 'v2' | 'v3'
    /** How often a request is sent at most, and the pause after the first time, which doubles each time. */
    tries?: number
    firstPauseMs?: number
    signal?: AbortSignal
  },
) {
  const { url, token, rate, version = 'v3', tries = 4, firstPauseMs = 500, signal } = access
  const { budgets = { search: createRateBudget(rate.search), other: createRateBudget(rate.other) } } = access
  const exchange = createExchange(access)
  const call = createCall({
    exchange,
    prefix: `${new URL(url).pathname.replace(/\/+$/, '')}/${version}`,
    token,
    budgets,
    tries,
    firstPauseMs,
    signal,
  })
  return {
    applications: applicationCalls(call),
    remoteLinks: remoteLinkCalls(call),
    issues: issueCalls(call),
    issueLinks: issueLinkCalls(call),
    users: userCalls(call),
    fields: fieldCalls(call),
    triggers: triggerCalls(call),
    entities: entityCalls(call),
    close: () => exchange.close(),
  }
}
