import type { ReadyMade } from './ready-made.ts'

/**
 * `GET /api/0/organizations/{organization}/shortids/{short id}/`, or `…/issues/{id}/`, whose answer is what the former has
 * under `group`. An assigned team is not a person, so only people are shown, by their e-mail address.
 */
export const sentryIssue: ReadyMade = {
  mapping: {
    summary: '(group ? group : $).title',
    status: '(group ? group : $).status',
    statusDescription: '(group ? group : $).culprit',
    assignee: '(group ? group : $).assignedTo[type != "team"].email',
    updated: '(group ? group : $).lastSeen',
  },
  states: {
    unresolved: { name: 'Unresolved', icon: 'open' },
    resolved: { name: 'Resolved', resolution: 'Resolved', icon: 'done' },
    resolvedInNextRelease: { name: 'Resolved in the next release', resolution: 'Resolved', icon: 'done' },
    ignored: { name: 'Archived', resolution: 'Archived', icon: 'cancelled' },
    muted: { name: 'Archived', resolution: 'Archived', icon: 'cancelled' },
    reprocessing: { name: 'Reprocessing', icon: 'in-progress' },
  },
}
