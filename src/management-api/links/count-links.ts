import type { FastifyPluginAsync } from 'fastify'
import type { XStatic } from 'typebox/schema'
import type { Queries } from '../../storage/database/queries.ts'
import { countLinksByObject } from '../../storage/links/list-links.ts'
import { callerOf } from '../authenticate.ts'
import type { ManagementTurns } from '../turns.ts'
import { remoteKeysSchema, toRemoteKeys } from './link-body.ts'
import { type ApplicationParams, params } from './link-query.ts'

const body = {
  type: 'object',
  description: 'Send an object with `remoteKeys`.',
  required: ['remoteKeys'],
  properties: { remoteKeys: remoteKeysSchema },
} as const

const count = {
  type: 'object',
  required: ['remoteKey', 'links'],
  properties: {
    remoteKey: { type: 'string', description: 'Key of the object.' },
    links: { type: 'integer', description: 'How many issues it is linked to; 0 also if there is no such object.' },
  },
} as const

const schema = {
  operationId: 'countLinks',
  tags: ['Links'],
  summary: 'How many issues each of these objects is linked to',
  params,
  body,
  response: {
    200: {
      type: 'object',
      required: ['counts'],
      properties: { counts: { type: 'array', items: count } },
      description: 'The counts, in the order of the keys.',
    },
  },
} as const

type Options = { database: Queries; turns: ManagementTurns }

/** Counts the links of objects, many at a time. */
export const countLinks: FastifyPluginAsync<Options> = async (app, { database, turns }) => {
  app.post<{ Params: ApplicationParams; Body: XStatic<typeof body> }>(
    '/api/applications/:applicationId/links/count',
    { schema, config: { scopes: ['links:read'], isRead: true } },
    async request => {
      const keys = toRemoteKeys(request.body.remoteKeys)
      const counts = await turns.query(callerOf(request).apiKeyId, () =>
        countLinksByObject(database, request.params.applicationId, keys),
      )
      return { counts: keys.map(remoteKey => ({ remoteKey, links: counts.get(remoteKey) ?? 0 })) }
    },
  )
}
