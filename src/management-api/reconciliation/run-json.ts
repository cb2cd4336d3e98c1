import { repairs } from '../../config/schemas/reconciliation-schema.ts'
import { countsOf, progressOf } from '../../reconciliation/runs/progress.ts'
import type { StoredRun } from '../../storage/reconciliation/list-runs.ts'
import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'

/** A run in an answer. */
export const runSchema = {
  title: 'ReconciliationRun',
  type: 'object',
  required: ['id', 'application', 'scope', 'repair', 'state', 'startedBy', 'startedAt', 'counts'],
  properties: {
    id: { type: 'string', description: 'Id of the run, and of its plan.' },
    application: { type: 'string', description: 'Id of the application.' },
    plan: { type: 'string', description: 'Id of the plan that the run applies; absent for a comparison.' },
    scope: {
      type: 'object',
      additionalProperties: true,
      description: 'What is compared: `issue`, `queue`, `query` or `all`.',
    },
    repair: { enum: repairs, description: 'What may be repaired. `none`: the plan only says what a repair would do.' },
    state: {
      enum: ['waiting', 'running', 'finished', 'failed', 'refused', 'cancelled'],
      description:
        'finished: the plan is whole, and what was to be repaired is. refused: too much would vanish, or a listing failed; nothing was repaired.',
    },
    startedBy: { type: 'string', description: 'Name of the API key, user of the operating system, or `schedule`.' },
    startedAt: { type: 'string', description: "In Tracker's form." },
    endedAt: { type: 'string', description: "In Tracker's form; absent until it ends." },
    reason: { type: 'string', description: 'Why it failed, was refused or was cancelled, or waits.' },
    progress: {
      type: 'object',
      required: ['issues', 'issuesInAll'],
      description: 'How far a comparison is; absent before it knows its issues, and after its end.',
      properties: {
        issues: { type: 'integer', description: 'Issues that were compared.' },
        issuesInAll: { type: 'integer', description: 'Issues that are to be compared.' },
        secondsLeft: { type: 'integer', description: 'About how long it will take; absent until that can be told.' },
      },
    },
    counts: {
      type: 'object',
      additionalProperties: { type: 'integer' },
      description:
        'Numbers of what was found and done so far: `issues`, `same`, `onlyHere`, `onlyInTracker`, `doubled`, `moved`, `unreadable`, `busy`, and of repairs `repaired`, `stale`, `capped`, `waiting`, `failed`.',
    },
  },
} as const

/** A run as `runSchema` says. */
export function runJson(run: StoredRun) {
  const { id, applicationId, planId, scope, repair, state, startedBy, startedAt, endedAt, reason } = run
  const progress = progressOf(run)
  return {
    id,
    application: applicationId,
    ...(planId !== null && { plan: planId }),
    scope,
    repair,
    state,
    startedBy,
    startedAt: formatTrackerDate(startedAt),
    ...(endedAt !== null && { endedAt: formatTrackerDate(endedAt) }),
    ...(reason !== null && { reason }),
    ...(progress && { progress }),
    counts: countsOf(run),
  }
}
