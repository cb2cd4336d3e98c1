import type { ReadyMade } from './ready-made.ts'

/**
 * `GET /rest/api/2/issue/{key}`. People are identified by `name` in Jira Server and Data Center, by `accountId` in Jira Cloud.
 * Each workflow has its own statuses; these are the ones that Jira comes with.
 */
export const jiraIssue: ReadyMade = {
  mapping: {
    summary: 'fields.summary',
    status: 'fields.status.name',
    statusDescription: 'fields.status.description',
    resolution: 'fields.resolution.name',
    resolutionDescription: 'fields.resolution.description',
    assignee: 'fields.assignee.(name ? name : accountId)',
    updated: 'fields.updated',
    deadline: 'fields.duedate',
  },
  states: {
    Open: { icon: 'open' },
    'To Do': { icon: 'open' },
    Backlog: { icon: 'open' },
    'Selected for Development': { icon: 'open' },
    Reopened: { icon: 'open' },
    'In Progress': { icon: 'in-progress' },
    'In Review': { icon: 'review' },
    Blocked: { icon: 'blocked' },
    Resolved: { icon: 'done' },
    Closed: { icon: 'done' },
    Done: { icon: 'done' },
  },
}
