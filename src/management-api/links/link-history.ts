import type { FastifyPluginAsync } from 'fastify'
import type { Queries } from '../../storage/database/queries.ts'
import { countHistory, listHistory, type StoredEvent } from '../../storage/links/link-history.ts'
import { nextProperty, type PageQuery, pageHeaders, pageParameters, readPage } from '../pages.ts'
import type { ManagementTurns } from '../turns.ts'
import { eventIdOf } from './event-cursor.ts'
import { eventJson, eventSchema } from './link-json.ts'
import { type ApplicationParams, type LinkQuery, linkParameters, params, readLinkFilter } from './link-query.ts'

const schema = {
  operationId: 'linkHistory',
  tags: ['Links'],
  summary: 'What happened to links, and who did it',
  description:
    'Oldest first. Of an issue that was moved, the events under all its keys. To follow what happens from now on, read the ' +
    'change feed: it misses nothing.',
  params,
  querystring: { type: 'object', additionalProperties: false, properties: { ...linkParameters, ...pageParameters } },
  response: {
    200: {
      type: 'object',
      required: ['events'],
      properties: { events: { type: 'array', items: eventSchema }, ...nextProperty },
      headers: pageHeaders,
      description: 'The events of a page.',
    },
  },
} as const

type Options = { database: Queries; turns: ManagementTurns }

/** The history of a link, of an issue's links, of an object's, or of all. */
export const linkHistory: FastifyPluginAsync<Options> = async (app, { database, turns }) => {
  app.get<{ Params: ApplicationParams; Querystring: LinkQuery & PageQuery }>(
    '/api/applications/:applicationId/links/history',
    { schema, config: { scopes: ['links:read'], errors: ['key-invalid'] } },
    async (request, reply) => {
      const { applicationId } = request.params
      const filter = readLinkFilter(request.query)
      const { items, next } = await readPage<StoredEvent, bigint>(request, reply, {
        name: 'history',
        turns,
        read: stretch => listHistory(database, applicationId, filter, stretch),
        count: most => countHistory(database, applicationId, filter, most),
        keysOf: ({ id }) => [id.toString()],
        afterOf: ([id = '', ...more]) => (more.length > 0 ? undefined : eventIdOf(id)),
      })
      return { events: items.map(eventJson), ...(next !== undefined && { next }) }
    },
  )
}
