import type { FastifyPluginAsync } from 'fastify'
import { parseTrackerDate } from '../../tracker-contract/tracker-date.ts'
import { notFound, Refusal } from '../world/refusal.ts'
import type { Trigger, TriggerRun } from '../world/triggers.ts'
import type { Documents } from './documents.ts'
import type { ApiOptions } from './index.ts'
import { readCount } from './read-parameters.ts'

type OfQueue = { Params: { queue: string } }
type One = { Params: { queue: string; id: string } }
type Log = One & { Querystring: { issueId?: string; limit?: string; from?: string; to?: string } }

/** Triggers of a queue, and the log of what they have sent ("Viewing trigger logs"). */
export const triggers: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get<OfQueue>('/queues/:queue/triggers', async ({ params, caller }) =>
    world.triggersOf(queueOf(params).key).map(trigger => show(trigger, caller)),
  )

  app.get<One>('/queues/:queue/triggers/:id', async ({ params, caller }) => show(triggerOf(params), caller))

  app.get<Log>('/queues/:queue/triggers/:id/webhooks/log', async ({ params, query, caller }) => {
    const trigger = triggerOf(params)
    const { login, admin } = caller.user
    if (!admin) throw new Refusal(403, { errorMessages: [`${login} may not manage queue ${trigger.queue}.`] })
    const limit = readCount(query.limit, 'limit', 10, 100)
    const [from, to] = [readMoment(query, 'from'), readMoment(query, 'to')]
    const issue = query.issueId ? (world.issue(query.issueId)?.id ?? '') : undefined
    return trigger.runs
      .toReversed()
      .map(run => ({ run, issueId: world.issue(run.issueKey)?.id, time: momentOf(run.startTime) }))
      .filter(({ issueId, time }) => (issue === undefined || issueId === issue) && time >= from && time <= to)
      .slice(0, limit)
      .map(({ run, issueId }) => showRun(trigger, run, issueId))
  })

  /** The documents say that the key of a queue has to be in its own case here. */
  function queueOf({ queue: name }: { queue: string }) {
    const queue = world.queues().find(({ key, id }) => key === name || id === name)
    if (!queue) throw notFound(`Queue ${name} does not exist.`)
    return queue
  }

  function triggerOf(params: { queue: string; id: string }): Trigger {
    const { key } = queueOf(params)
    const trigger = world.triggersOf(key).find(({ id }) => `${id}` === params.id)
    if (!trigger) throw notFound(`Queue ${key} has no trigger ${params.id}.`)
    return trigger
  }
}

function show({ id, queue, name, method, endpoint }: Trigger, { documents }: { documents: Documents }) {
  return {
    id,
    self: documents.self('queues', queue, 'triggers', id),
    queue: documents.queueRef(queue),
    name,
    order: '0.0001',
    actions: [{ type: 'Webhook', id: 1, endpoint, method, authContext: { type: 'noauth' } }],
    conditions: [],
    version: 1,
    active: true,
  }
}

/** Secrets are masked in Tracker; here are none. */
const showRun = ({ id: triggerId, method, endpoint }: Trigger, run: TriggerRun, issueId: string | undefined) => ({
  startTime: run.startTime,
  endTime: run.endTime,
  duration: momentOf(run.endTime) - momentOf(run.startTime),
  triggerId,
  actionId: 1,
  issueId,
  request: {
    method,
    endpoint,
    headers: { 'Content-Type': 'application/json; charset=UTF-8' },
    body: run.body,
    webhookAuthContext: { type: 'noauth' },
  },
  ...(run.statusCode !== undefined && {
    response: { headers: { 'Content-Type': 'application/json' }, statusCode: run.statusCode },
  }),
  id: run.id,
})

const momentOf = (text: string): number => parseTrackerDate(text)?.getTime() ?? 0

/** In Tracker's form or, as in one of the documents' examples, without milliseconds and offset. Throws `Refusal` 400. */
function readMoment(query: { from?: string; to?: string }, name: 'from' | 'to'): number {
  const text = query[name]
  if (!text) return name === 'from' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const moment = parseTrackerDate(text) ?? parseTrackerDate(`${text}Z`)
  if (moment) return moment.getTime()
  throw new Refusal(400, { errors: { [name]: `${name} is ${text}, not YYYY-MM-DDThh:mm:ss.sss±hhmm.` } })
}
