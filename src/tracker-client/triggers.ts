import { formatTrackerDate } from '../tracker-contract/tracker-date.ts'
import type { CallTracker } from './call-tracker.ts'
import { dateOf, type Fields, fieldsOf, listOf, neededText, numberOf, textOf } from './read-fields.ts'

type Headers = Record<string, string>

/** A call that a trigger made by its action "HTTP request". Tracker masks secrets in it. */
export type TriggerCall = {
  id: string
  triggerId: string | undefined
  /** The action within the trigger. */
  actionId: string | undefined
  issueId: string | undefined
  startTime: Date | undefined
  endTime: Date | undefined
  /** Milliseconds. */
  duration: number | undefined
  request: {
    method: string | undefined
    endpoint: string | undefined
    headers: Headers
    body: string | undefined
    /** How the call was authorized, such as `noauth`. */
    authorization: string | undefined
  }
  /** Undefined if none came. */
  response: { statusCode: number | undefined; headers: Headers } | undefined
}

/** Which calls: those of an issue (its key or id), those of a period; `limit` is 10 by default and 100 at most. */
export type TriggerCallsWanted = { issue?: string; limit?: number; from?: Date; to?: Date }

/** What triggers have sent out of Tracker (tracker contract, section 12). */
export const triggerCalls = (call: CallTracker) => ({
  /** The last calls of a trigger. The key of the queue is case-sensitive. Takes the right to manage the queue. */
  async webhookLog(queue: string, trigger: string, wanted: TriggerCallsWanted = {}): Promise<TriggerCall[]> {
    const { issue, limit, from, to } = wanted
    const query = {
      issueId: issue,
      limit,
      from: from && formatTrackerDate(from),
      to: to && formatTrackerDate(to),
    }
    const path = ['queues', queue, 'triggers', trigger, 'webhooks', 'log']
    return listOf((await call({ method: 'GET', path, query })).body, 'the calls of a trigger', readCall)
  },
})

function readCall(value: unknown): TriggerCall {
  const made = fieldsOf(value, 'a call of a trigger')
  const request = Object(made.request) as Fields
  const response = Object(made.response) as Fields
  return {
    id: neededText(made.id, 'the id of a call'),
    triggerId: textOf(made.triggerId),
    actionId: textOf(made.actionId),
    issueId: textOf(made.issueId),
    startTime: dateOf(made.startTime),
    endTime: dateOf(made.endTime),
    duration: numberOf(made.duration),
    request: {
      method: textOf(request.method),
      endpoint: textOf(request.endpoint),
      headers: headersOf(request.headers),
      body: textOf(request.body),
      authorization: textOf((Object(request.webhookAuthContext) as Fields).type),
    },
    response: made.response
      ? { statusCode: numberOf(response.statusCode), headers: headersOf(response.headers) }
      : undefined,
  }
}

const headersOf = (value: unknown): Headers =>
  Object.fromEntries(Object.entries(Object(value) as Fields).map(([name, text]) => [name, textOf(text) ?? '']))
