import type { ReadyMade } from './ready-made.ts'

/** `GET /api/v4/projects/:id/merge_requests/:iid`. `detailed_merge_status` exists since GitLab 15.6. */
export const gitlabMergeRequest: ReadyMade = {
  mapping: {
    summary: 'title',
    status:
      'state != "opened" ? state : draft ? "draft" : detailed_merge_status in ["conflict", "need_rebase", "requested_changes", "merge_request_blocked"] ? "blocked" : state',
    statusDescription: 'state = "opened" ? $replace(detailed_merge_status, "_", " ")',
    assignee: 'assignee.username',
    updated: 'updated_at',
  },
  states: {
    opened: { name: 'Open', icon: 'review' },
    draft: { name: 'Draft', icon: 'in-progress' },
    blocked: { name: 'Blocked', icon: 'blocked' },
    locked: { name: 'Merging', icon: 'in-progress' },
    merged: { name: 'Merged', resolution: 'Merged', icon: 'done' },
    closed: { name: 'Closed', resolution: 'Closed without merging', icon: 'cancelled' },
  },
}

/** `GET /api/v4/projects/:id/issues/:iid`. */
export const gitlabIssue: ReadyMade = {
  mapping: {
    summary: 'title',
    status: 'state',
    assignee: 'assignees[0].username',
    updated: 'updated_at',
    deadline: 'due_date',
  },
  states: {
    opened: { name: 'Open', icon: 'open' },
    closed: { name: 'Closed', resolution: 'Closed', icon: 'done' },
  },
}
