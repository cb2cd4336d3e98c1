import type { NewIssue } from './world-issues.ts'
import type { Queue, User } from './world-records.ts'

// What a first user finds: two people, three queues, a handful of issues.

export const firstUsers: readonly User[] = [
  user('1111111111111111', 'user1', 'User', 'One', { admin: true }),
  user('1111111111111112', 'user2', 'User', 'Two', { admin: false }),
]

export const firstQueues: readonly Queue[] = [
  { id: '1', key: 'TEST', name: 'Test queue', lastNumber: 0 },
  { id: '2', key: 'PROD', name: 'Production', lastNumber: 0 },
  { id: '3', key: 'NEW', name: 'New work', lastNumber: 0 },
]

/** In the order of their keys, `TEST-1` first. */
export const firstIssues: readonly NewIssue[] = [
  { queue: 'TEST', summary: 'Deploy the service to production', assignee: '1111111111111111' },
  {
    queue: 'TEST',
    summary: 'Invoices are sent twice',
    type: 'bug',
    status: 'inProgress',
    assignee: '1111111111111112',
  },
  { queue: 'TEST', summary: 'Collect the feedback of the first customers' },
  { queue: 'TEST', summary: 'Moving to the new billing', type: 'epic', status: 'inProgress' },
  { queue: 'TEST', summary: 'Export of contacts as a table', type: 'story' },
  { queue: 'PROD', summary: 'Answer the request of a customer', assignee: '1111111111111111' },
  { queue: 'PROD', summary: 'The search is slow in the morning', type: 'bug' },
]

function user(uid: string, login: string, firstName: string, lastName: string, { admin }: { admin: boolean }): User {
  const display = `${firstName} ${lastName}`
  const cloudUid = `aje${login.padStart(17, '0')}`
  return { uid, login, display, firstName, lastName, email: `${login}@example.com`, cloudUid, admin, robot: false }
}
