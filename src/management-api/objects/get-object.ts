import type { FastifyPluginAsync } from 'fastify'
import type { Queries } from '../../storage/database/queries.ts'
import { findObject } from '../../storage/objects/change-object.ts'
import { isKnown } from '../../values/etag.ts'
import { type ObjectParams, objectParams, objectUnknown, readKey } from './object-address.ts'
import { etagHeader, objectEtag, objectJson, objectSchema } from './object-json.ts'

const schema = {
  operationId: 'getObject',
  tags: ['Objects'],
  summary: 'An object as it is stored',
  description: 'If the objects of the application are not pushed: the last good card.',
  params: objectParams,
  response: {
    200: { ...objectSchema, headers: etagHeader, description: 'The object.' },
    304: { type: 'null', headers: etagHeader, description: 'The object is as If-None-Match says.' },
  },
} as const

/** One object: its card, and what is stored beside it. */
export const getObject: FastifyPluginAsync<{ database: Queries }> = async (app, { database }) => {
  app.get<{ Params: ObjectParams }>(
    '/api/applications/:applicationId/objects/:key',
    { schema, config: { errors: ['key-invalid', 'object-unknown'] } },
    async (request, reply) => {
      const key = readKey(request.params.key)
      const found = await findObject(database, request.params.applicationId, key)
      if (!found) throw objectUnknown(request.params.applicationId, key)
      const etag = objectEtag(found)
      reply.header('etag', etag)
      return isKnown(request.headers['if-none-match'], etag) ? reply.code(304).send() : objectJson(found)
    },
  )
}
