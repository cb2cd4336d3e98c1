import type { Test } from 'tap'
import { buildSandbox } from '../../src/sandbox/sandbox-app.ts'
import type { Entity } from '../../src/sandbox/world/entities.ts'
import type { User } from '../../src/sandbox/world/records.ts'
import type { TriggerRun } from '../../src/sandbox/world/triggers.ts'
import { createWorld } from '../../src/sandbox/world/world.ts'
import { createTrackerClient } from '../../src/tracker-client/create-tracker-client.ts'

const user = (uid: string, login: string, admin: boolean): User => ({
  uid,
  login,
  display: `Display of ${login}`,
  firstName: 'First',
  lastName: 'Last',
  email: `${login}@example.com`,
  cloudUid: `aje${login}`,
  admin,
  robot: false,
})
export const [one, two] = [user('1111111111111111', 'user1', true), user('9223372036854775807', 'user2', false)]
export const crm = {
  id: 'ru.example.crm',
  name: 'Example CRM',
  frontUrl: 'https://crm.example.com/{{remoteKey}}',
  defaultIconUrl: 'https://crm.example.com/icon.svg',
  responsible: 'crm@example.com',
}
export const made = new Date('2017-06-11T05:16:01.421Z')
const at = '2020-08-29T12:34:41.740+0000'
const createdAt = '2017-06-11T05:16:01.421+0000'

export type Version = 'v2' | 'v3'

/** A project with seven events. */
export const project: Entity = {
  type: 'project',
  id: '6586d6fee2b9ef74d1d2e3f4',
  events: Array.from({ length: 7 }, (_, index) => ({
    id: `65a26b254dbe62120000000${index}`,
    author: two.uid,
    date: at,
    display: `Event ${index}`,
    changes: [{ field: { id: 'teamUsers', display: 'Members' }, diff: '<added>Full Name</added>' }],
  })),
}

/** One an hour, the first of them not answered, in turn for TEST-1 and TEST-2. */
export const triggerRuns: TriggerRun[] = Array.from({ length: 12 }, (_, hour) => ({
  id: `67bdd20b604a9c00000000${hour + 10}`,
  issueKey: `TEST-${(hour % 2) + 1}`,
  startTime: `2025-09-23T${`${hour}`.padStart(2, '0')}:00:00.000+0000`,
  endTime: `2025-09-23T${`${hour}`.padStart(2, '0')}:00:00.235+0000`,
  body: JSON.stringify({ number: hour }),
  ...(hour > 0 && { statusCode: 200 }),
}))

/** What the documents' example of a change with a comment and a trigger has. */
const history = [
  {
    type: 'IssueWorkflow' as const,
    updatedAt: at,
    updatedBy: two.uid,
    fields: [{ field: 'status', from: 'open', to: 'inProgress' }],
    comments: [{ id: '10', text: 'Comment text' }],
    executedTriggers: [{ queue: 'TEST', id: 29, name: 'Trigger-42', success: true, message: 'Success' }],
  },
]

/** A sandbox with twelve issues, the fourth an Epic, and clients of it. */
export async function open(t: Test, version: Version, { kind = 'yandex360' }: { kind?: 'yandex360' | 'cloud' } = {}) {
  const world = createWorld({
    applications: [crm],
    users: [one, two],
    tokens: [
      { token: 'canary-one', login: 'user1' },
      { token: 'canary-two', login: 'user2' },
    ],
    organization: { kind, id: '7' },
    settings: { organizationRequired: true, documents: 'by-version' },
    entities: [project],
    triggers: [
      {
        id: 29,
        queue: 'TEST',
        name: 'Trigger-42',
        method: 'POST',
        endpoint: 'https://crm.example.com/events',
        runs: triggerRuns,
      },
    ],
    issues: Array.from({ length: 12 }, (_, index) => ({
      queue: 'TEST',
      summary: `Issue ${index + 1}`,
      createdAt,
      type: index === 3 ? 'epic' : 'task',
      ...(index === 1 && { history }),
    })),
  })
  const { app } = await buildSandbox({ world })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const clients: ReturnType<typeof createTrackerClient>[] = []
  t.teardown(async () => {
    await Promise.all(clients.map(client => client.close()))
    await app.close()
  })
  const as = (token: string, more: { id?: string; kind?: 'yandex360' | 'cloud'; tries?: number } = {}) => {
    const scheme = kind === 'cloud' ? 'Bearer' : 'OAuth'
    const rate = { search: 1_000, other: 1_000 }
    const client = createTrackerClient({ url, kind, id: '7', token, scheme, rate, version, firstPauseMs: 1, ...more })
    clients.push(client)
    return client
  }
  return { app, world, as, client: as('canary-one') }
}
