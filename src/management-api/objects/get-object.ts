import type { FastifyPluginAsync } from 'fastify'
import type { ObjectStore } from '../../storage/objects/object-store.ts'
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
export const getObject: FastifyPluginAsync<{ objects: ObjectStore }> = async (app, { objects }) => {
  app.get<{ Params: ObjectParams }>(
    '/api/applications/:applicationId/objects/:key',
    { schema, config: { errors: ['key-invalid', 'object-unknown'] } },
    async (request, reply) => {
      const key = readKey(request.params.key)
      const found = await objects.find(request.params.applicationId, key)
      if (!found) throw objectUnknown(request.params.applicationId, key)
      const etag = objectEtag(found)
      reply.header('etag', etag)
      return isKnown(request.headers['if-none-match'], etag) ? reply.code(304).send() : objectJson(found)
    },
  )
}
