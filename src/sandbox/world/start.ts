import type { NewIssue } from './issues.ts'
import type { Queue, User } from './records.ts'

// What a new user finds: two people, three queues and a few issues, old enough to import links to.

export const firstUsers: readonly User[] = [
  user('1111111111111111', 'user1', 'User', 'One', { admin: true }),
  user('1111111111111112', 'user2', 'User', 'Two', { admin: false }),
]

export const firstQueues: readonly Queue[] = [
  { id: '1', key: 'TEST', name: 'Test queue', lastNumber: 0 },
  { id: '2', key: 'PROD', name: 'Production', lastNumber: 0 },
  { id: '3', key: 'NEW', name: 'New work', lastNumber: 0 },
]

const inTest = { queue: 'TEST', createdAt: '2017-06-11T05:16:01.421+0000' }
const inProd = { queue: 'PROD', createdAt: '2017-06-11T05:16:01.421+0000' }

/** In the order of their keys, `TEST-1` first. */
export const firstIssues: readonly NewIssue[] = [
  { ...inTest, summary: 'Deploy the service to production', assignee: '1111111111111111' },
  {
    ...inTest,
    summary: 'Invoices are sent twice',
    type: 'bug',
    status: 'inProgress',
    assignee: '1111111111111112',
    history: [
      {
        type: 'IssueWorkflow',
        updatedAt: '2022-06-28T08:00:44.155+0000',
        updatedBy: '1111111111111112',
        fields: [{ field: 'status', from: 'open', to: 'inProgress' }],
        executedTriggers: [
          { queue: 'TEST', id: 1, name: 'Tell the application of a new status', success: true, message: 'Success' },
        ],
      },
    ],
  },
  { ...inTest, summary: 'Collect the feedback of the first customers' },
  { ...inTest, summary: 'Moving to the new billing', type: 'epic', status: 'inProgress' },
  { ...inTest, summary: 'Export of contacts as a table', type: 'story' },
  { ...inProd, summary: 'Answer the request of a customer', assignee: '1111111111111111' },
  { ...inProd, summary: 'The search is slow in the morning', type: 'bug' },
]

function user(uid: string, login: string, firstName: string, lastName: string, { admin }: { admin: boolean }): User {
  const display = `${firstName} ${lastName}`
  const cloudUid = `aje${login.padStart(17, '0')}`
  return { uid, login, display, firstName, lastName, email: `${login}@example.com`, cloudUid, admin, robot: false }
}
