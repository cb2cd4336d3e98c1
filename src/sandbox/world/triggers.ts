/** A trigger of a queue whose action is an HTTP request. It exists from the start; the sandbox never fires it. */
export type Trigger = {
  readonly id: number
  readonly queue: string
  readonly name: string
  readonly method: string
  readonly endpoint: string
  /** What it has sent, the oldest first. */
  readonly runs: readonly TriggerRun[]
}

/** A request that was sent, for the issue of this key. Moments in Tracker's form, in UTC; no status means no answer. */
export type TriggerRun = {
  readonly id: string
  readonly issueKey: string
  readonly startTime: string
  readonly endTime: string
  readonly body: string
  readonly statusCode?: number
}

export const firstTriggers: readonly Trigger[] = [
  {
    id: 1,
    queue: 'TEST',
    name: 'Tell the application of a new status',
    method: 'POST',
    endpoint: 'https://crm.example.com/tracker/events',
    runs: [
      {
        id: '67bdd20b604a9c0000000001',
        issueKey: 'TEST-2',
        startTime: '2022-06-28T08:00:44.160+0000',
        endTime: '2022-06-28T08:00:44.395+0000',
        body: '{"issue":"TEST-2","status":"In progress"}',
        statusCode: 200,
      },
      {
        id: '67bdd20b604a9c0000000002',
        issueKey: 'TEST-4',
        startTime: '2022-07-01T09:30:00.000+0000',
        endTime: '2022-07-01T09:30:10.000+0000',
        body: '{"issue":"TEST-4","status":"In progress"}',
      },
    ],
  },
]
