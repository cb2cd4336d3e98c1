import type { LinkDirection } from './records.ts'

// The words that a Tracker organization has from the start. The ids of types, statuses and priorities are made up.

export type Word = { readonly id: string; readonly key: string; readonly name: string }

export const issueTypes: readonly Word[] = [
  { id: '1', key: 'bug', name: 'Bug' },
  { id: '2', key: 'task', name: 'Task' },
  { id: '3', key: 'story', name: 'Story' },
  { id: '4', key: 'epic', name: 'Epic' },
]

export const statuses: readonly Word[] = [
  { id: '1', key: 'open', name: 'Open' },
  { id: '2', key: 'inProgress', name: 'In progress' },
  { id: '3', key: 'closed', name: 'Closed' },
]

export const statusName = (key: string) => statuses.find(status => status.key === key)?.name ?? key

export const priorities: readonly Word[] = [
  { id: '1', key: 'trivial', name: 'Trivial' },
  { id: '2', key: 'minor', name: 'Low' },
  { id: '3', key: 'normal', name: 'Medium' },
  { id: '4', key: 'critical', name: 'Critical' },
  { id: '5', key: 'blocker', name: 'Blocker' },
]

export type LinkType = { readonly id: string; readonly inward: string; readonly outward: string }

/** `outward` describes the issue asked about, `inward` the other one, as in the documents' example of `subtask`. */
export const linkTypes: readonly LinkType[] = [
  { id: 'relates', inward: 'relates', outward: 'relates' },
  { id: 'depends', inward: 'Is dependent by', outward: 'Depends on' },
  { id: 'subtask', inward: 'Sub-issue', outward: 'Parent issue' },
  { id: 'duplicates', inward: 'Is duplicated by', outward: 'Duplicates' },
  { id: 'epic', inward: 'Has epic', outward: 'Is epic of' },
  { id: 'cloned', inward: 'Clone', outward: 'Original' },
]

export type Relationship = { readonly type: string; readonly direction: LinkDirection; readonly importOnly?: true }

/** The relationships of the documents, by the words of a request: what the current issue is to the other. */
export const relationships: Readonly<Record<string, Relationship>> = {
  relates: { type: 'relates', direction: 'outward' },
  'is dependent by': { type: 'depends', direction: 'inward' },
  'depends on': { type: 'depends', direction: 'outward' },
  'is subtask for': { type: 'subtask', direction: 'inward' },
  'is parent task for': { type: 'subtask', direction: 'outward' },
  duplicates: { type: 'duplicates', direction: 'outward' },
  'is duplicated by': { type: 'duplicates', direction: 'inward' },
  'is epic of': { type: 'epic', direction: 'outward' },
  'has epic': { type: 'epic', direction: 'inward' },
  clone: { type: 'cloned', direction: 'outward', importOnly: true },
  original: { type: 'cloned', direction: 'inward', importOnly: true },
}
