import type { FastifyPluginAsync } from 'fastify'
import { Problem } from '../../errors/problem.ts'
import type { RefreshCard } from '../../linked-objects/cards/application-cards.ts'
import { SourceFailure } from '../../linked-objects/object-source.ts'
import type { ObjectStore } from '../../storage/objects/object-store.ts'
import { type ObjectParams, objectParams, objectUnknown, readKey } from './object-address.ts'
import { etagHeader, objectEtag, objectJson, objectSchema } from './object-json.ts'

const schema = {
  operationId: 'refreshObject',
  tags: ['Objects'],
  summary: 'Ask the source of an object anew',
  description:
    'Every server shows the new card within a second. Where objects are pushed there is no source to ask: the card is ' +
    'read again from the store.',
  params: objectParams,
  response: { 200: { ...objectSchema, headers: etagHeader, description: 'The object as it is now.' } },
} as const

type Options = { objects: ObjectStore; refreshCard: RefreshCard }

/** Reads a card anew where it comes from. */
export const refreshObject: FastifyPluginAsync<Options> = async (app, { objects, refreshCard }) => {
  app.post<{ Params: ObjectParams }>(
    '/api/applications/:applicationId/objects/:key/refresh',
    {
      schema,
      config: { scopes: ['objects:write'], errors: ['key-invalid', 'object-unknown', 'source-away'] },
    },
    async (request, reply) => {
      const { applicationId } = request.params
      const key = readKey(request.params.key)
      const card = await refreshCard(applicationId, key).catch(tellFailure)
      const found = card && (await objects.find(applicationId, key))
      if (!found) throw objectUnknown(applicationId, key)
      return reply.header('etag', objectEtag(found)).send(objectJson(found))
    },
  )
}

function tellFailure(error: unknown): never {
  if (!(error instanceof SourceFailure)) throw error
  throw new Problem('source-away', 'The source of the object gave no answer that counts; the last good card stays.', {
    headers: { 'retry-after': '5' },
    cause: error,
  })
}
