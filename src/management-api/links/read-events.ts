import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { invalidInput, Problem } from '../../errors/problem.ts'
import type { ChangeFeed } from '../../links/change-feed.ts'
import type { Logger } from '../../logging/logger.ts'
import { callerOf } from '../authenticate.ts'
import type { ManagementTurns } from '../turns.ts'
import { eventCursor, placeOf } from './event-cursor.ts'
import { eventJson, eventSchema } from './link-json.ts'
import { type ApplicationParams, params } from './link-query.ts'

const schema = {
  operationId: 'readEvents',
  tags: ['Change feed'],
  summary: 'What happened to the links, in an order that holds',
  description:
    'Begin without `after`, then send `next` of the answer before. Whoever does so gets every event once, and of each ' +
    'link in the order in which it happened: enough to keep a copy of the links. If older events were removed, begin with ' +
    '`after=latest`, then read the list of links.',
  params,
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      after: {
        type: 'string',
        maxLength: 4_096,
        description:
          '`next` of an answer; left out: from the first event. `latest`: no events, and `next` from now on.',
      },
      limit: { type: 'integer', minimum: 1, maximum: 1_000, default: 100, description: 'Events at most, 1 to 1,000.' },
      wait: {
        type: 'integer',
        minimum: 0,
        maximum: 30,
        default: 0,
        description: 'Seconds to wait, 0 to 30, until there is an event.',
      },
    },
  },
  response: {
    200: {
      type: 'object',
      required: ['events', 'next', 'more'],
      properties: {
        events: { type: 'array', items: eventSchema, description: 'The events behind `after`, the oldest first.' },
        next: { type: 'string', description: 'Send it as `after` the next time.' },
        more: {
          type: 'boolean',
          description:
            'Whether more events are known to follow. Where there are none in this answer, a transaction holds them ' +
            'back that has not ended yet.',
        },
      },
      description: 'Events, or none if nothing has happened since.',
    },
  },
} as const

type Query = { after?: string; limit: number; wait: number }
type Options = {
  feed: ChangeFeed
  turns: ManagementTurns
  authenticate: (request: FastifyRequest) => Promise<void>
  log: Logger
}

/** Milliseconds between two notes that events are held back. */
const noteInterval = 60_000

/** The change feed of an application's links. */
export const readEvents: FastifyPluginAsync<Options> = async (app, { feed, turns, authenticate, log }) => {
  const within = waitingTimes()
  app.addHook('preClose', async () => within.end())
  let noted = -Infinity
  const noteHeldBack = (applicationId: string) => {
    if (performance.now() - noted < noteInterval) return
    noted = performance.now()
    log.warn({ application: applicationId }, 'A transaction that writes link_event stays open: events wait for its end')
  }

  app.get<{ Params: ApplicationParams; Querystring: Query }>(
    '/api/applications/:applicationId/events',
    { schema, config: { scopes: ['links:read'], errors: ['cursor-unknown'] } },
    async (request, reply) => {
      const { applicationId } = request.params
      const { limit, wait } = request.query
      const inTurn = <T>(work: () => Promise<T>) => turns.query(callerOf(request).apiKeyId, work)
      if (request.query.after === 'latest') return await inTurn(() => readEnd(feed, applicationId))
      const after = placeAsked(applicationId, request.query)
      const found = await within(wait, reply, until => feed.follow({ applicationId, after, limit, until, inTurn }))
      // The caller is gone.
      if (reply.raw.destroyed) return reply.hijack()
      if (!found)
        throw new Problem(
          'cursor-unknown',
          after === undefined
            ? 'The feed does not begin with the first event: older ones were removed because of their age.'
            : 'The event that `after` names is not in this database, or later ones were removed because of their age.',
        )
      // The key may have been revoked in the meantime.
      if (wait > 0) await authenticate(request)
      // A server that closes waits for connections that stay open after their answer.
      if (within.isOver()) reply.header('connection', 'close')
      const { events, more } = found
      if (events.length === 0 && more) noteHeldBack(applicationId)
      return { events: events.map(eventJson), next: eventCursor(applicationId, events.at(-1) ?? after), more }
    },
  )
}

/** Nothing, and the cursor behind the last event. */
async function readEnd(feed: ChangeFeed, applicationId: string) {
  const { place, isOpen } = await feed.end(applicationId)
  if (isOpen)
    throw new Problem('database-busy', 'A transaction that writes events stays open.', {
      headers: { 'retry-after': '1' },
    })
  return { events: [], next: eventCursor(applicationId, place), more: false }
}

function placeAsked(applicationId: string, { after = '' }: Query) {
  const asked = after === '' ? { place: undefined } : placeOf(applicationId, after)
  if (asked) return asked.place
  const fault = {
    field: 'after',
    rule: `is no cursor of the change feed of ${applicationId}`,
    hint: 'Send `next` of an answer of this feed, or leave it out to begin with the first event.',
  }
  throw invalidInput('parameter-invalid', [fault])
}

/** Work that may wait: until its seconds are over, its caller is gone, or `end` is called. */
function waitingTimes() {
  const waiting = new Set<() => void>()
  let isOver = false
  const within = async <T>(seconds: number, reply: FastifyReply, work: (until: AbortSignal) => Promise<T>) => {
    const controller = new AbortController()
    const end = () => controller.abort()
    if (seconds === 0 || isOver) end()
    const timer = setTimeout(end, seconds * 1_000)
    reply.raw.once('close', end)
    waiting.add(end)
    try {
      return await work(controller.signal)
    } finally {
      clearTimeout(timer)
      waiting.delete(end)
    }
  }
  within.isOver = () => isOver
  within.end = () => {
    isOver = true
    for (const end of waiting) end()
  }
  return within
}
