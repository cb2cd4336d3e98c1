import type { ReadyMade } from './ready-made.ts'

/**
 * `GET /issues/{id}.json`. It returns no logins, so people are identified by their number. The statuses are those of a new
 * Redmine.
 */
export const redmineIssue: ReadyMade = {
  mapping: {
    summary: 'issue.subject',
    status: 'issue.status.name',
    assignee: 'issue.assigned_to.id',
    updated: 'issue.updated_on',
    deadline: 'issue.due_date',
  },
  states: {
    New: { icon: 'open' },
    'In Progress': { icon: 'in-progress' },
    Resolved: { icon: 'review' },
    Feedback: { icon: 'blocked' },
    Closed: { resolution: 'Closed', icon: 'done' },
    Rejected: { resolution: 'Rejected', icon: 'cancelled' },
  },
}
