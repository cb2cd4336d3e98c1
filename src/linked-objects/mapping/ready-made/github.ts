import type { ReadyMade } from './ready-made.ts'

/** `GET /repos/{owner}/{repo}/pulls/{number}`. */
export const githubPullRequest: ReadyMade = {
  mapping: {
    summary: 'title',
    status: 'merged_at ? "merged" : state = "open" and draft ? "draft" : state',
    assignee: 'assignee.login',
    updated: 'updated_at',
  },
  states: {
    open: { name: 'Open', icon: 'review' },
    draft: { name: 'Draft', icon: 'in-progress' },
    merged: { name: 'Merged', resolution: 'Merged', icon: 'done' },
    closed: { name: 'Closed', resolution: 'Closed without merging', icon: 'cancelled' },
  },
}

/** `GET /repos/{owner}/{repo}/issues/{number}`. */
export const githubIssue: ReadyMade = {
  mapping: {
    summary: 'title',
    status: 'state = "closed" and state_reason in ["not_planned", "duplicate"] ? state_reason : state',
    assignee: 'assignee.login',
    updated: 'updated_at',
    deadline: 'milestone.due_on',
  },
  states: {
    open: { name: 'Open', icon: 'open' },
    closed: { name: 'Closed', resolution: 'Completed', icon: 'done' },
    not_planned: { name: 'Closed', resolution: 'Not planned', icon: 'cancelled' },
    duplicate: { name: 'Closed', resolution: 'Duplicate', icon: 'cancelled' },
  },
}
