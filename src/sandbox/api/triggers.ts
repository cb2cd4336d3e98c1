import type { FastifyPluginAsync } from 'fastify'
import { parseTrackerDate } from '../../tracker-contract/tracker-date.ts'
import type { Queue } from '../world/records.ts'
import { notFound, Refusal } from '../world/refusal.ts'
import type { Trigger, TriggerRun } from '../world/triggers.ts'
import type { World } from '../world/world.ts'
import type { ApiOptions } from './api-options.ts'
import { type DocumentForm, selfOf } from './documents/document-form.ts'
import { queueRef } from './documents/references.ts'
import { readCount } from './requests/read-parameters.ts'

type OfQueue = { Params: { queue: string } }
type One = { Params: { queue: string; id: string } }
type Log = One & { Querystring: { issueId?: string; limit?: string; from?: string; to?: string } }

/** Triggers of a queue, and the log of what they have sent ("Viewing trigger logs"). */
export const triggers: FastifyPluginAsync<ApiOptions> = async (app, { world }) => {
  app.get<OfQueue>('/queues/:queue/triggers', async ({ params, caller }) =>
    world.triggersOf(findQueue(world, params).key).map(trigger => triggerDocument(caller.form, trigger)),
  )

  app.get<One>('/queues/:queue/triggers/:id', async ({ params, caller }) =>
    triggerDocument(caller.form, findTrigger(world, params)),
  )

  app.get<Log>('/queues/:queue/triggers/:id/webhooks/log', async ({ params, query, caller }) => {
    const trigger = findTrigger(world, params)
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
      .map(({ run, issueId }) => runDocument(trigger, run, issueId))
  })
}

/** The documents say that the key of a queue must be in the right case here. */
function findQueue(world: World, { queue: name }: OfQueue['Params']): Queue {
  const queue = world.queues().find(({ key, id }) => key === name || id === name)
  if (!queue) throw notFound(`Queue ${name} does not exist.`)
  return queue
}

function findTrigger(world: World, params: One['Params']): Trigger {
  const { key } = findQueue(world, params)
  const trigger = world.triggersOf(key).find(({ id }) => `${id}` === params.id)
  if (!trigger) throw notFound(`Queue ${key} has no trigger ${params.id}.`)
  return trigger
}

function triggerDocument(form: DocumentForm, { id, queue, name, method, endpoint }: Trigger) {
  return {
    id,
    self: selfOf(form, 'queues', queue, 'triggers', id),
    queue: queueRef(form, queue),
    name,
    order: '0.0001',
    actions: [{ type: 'Webhook', id: 1, endpoint, method, authContext: { type: 'noauth' } }],
    conditions: [],
    version: 1,
    active: true,
  }
}

/** Tracker masks secrets; here are none. */
const runDocument = ({ id: triggerId, method, endpoint }: Trigger, run: TriggerRun, issueId: string | undefined) => ({
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

/** In Tracker's form or, as in an example of the documents, without milliseconds and offset. Throws `Refusal` 400. */
function readMoment(query: { from?: string; to?: string }, name: 'from' | 'to'): number {
  const text = query[name]
  if (!text) return name === 'from' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const moment = parseTrackerDate(text) ?? parseTrackerDate(`${text}Z`)
  if (moment) return moment.getTime()
  throw new Refusal(400, { errors: { [name]: `${name} is ${text}, not YYYY-MM-DDThh:mm:ss.sss±hhmm.` } })
}
