import type { FastifyPluginAsync } from 'fastify'
import type { Cards } from '../../linked-objects/cards/open-cards.ts'
import { sourceErrors } from '../../linked-objects/cards/source-problem.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { findObject } from '../../storage/objects/change-object.ts'
import { callerOf } from '../authenticate.ts'
import type { ManagementTurns } from '../turns.ts'
import { type ObjectParams, objectParams, objectUnknown, readKey, tellSourceFailure } from './object-address.ts'
import { etagHeader, objectEtag, objectJson, objectSchema } from './object-json.ts'

const schema = {
  operationId: 'refreshObject',
  tags: ['Objects'],
  summary: 'Ask the source of an object anew',
  description:
    'Every server shows the new card within a second. If objects are pushed there is no source to ask: the card is read ' +
    'again from the store.',
  params: objectParams,
  response: { 200: { ...objectSchema, headers: etagHeader, description: 'The object as it is now.' } },
} as const

type Options = { database: Queries; turns: ManagementTurns; refreshCard: Cards['refreshCard'] }

/** Reads a card anew from its source, or from the store. */
export const refreshObject: FastifyPluginAsync<Options> = async (app, { database, turns, refreshCard }) => {
  app.post<{ Params: ObjectParams }>(
    '/api/applications/:applicationId/objects/:key/refresh',
    {
      schema,
      config: { scopes: ['objects:write'], errors: ['key-invalid', 'object-unknown', ...sourceErrors] },
    },
    async (request, reply) => {
      const { applicationId } = request.params
      const key = readKey(request.params.key)
      const { apiKeyId } = callerOf(request)
      const refresh = () => refreshCard(applicationId, key)
      const card = await turns
        .source(apiKeyId, refresh)
        .catch(error => tellSourceFailure(applicationId, error, 'and the last good card stays'))
      const read = () => findObject(database, applicationId, key)
      const found = card && (await turns.query(apiKeyId, read))
      if (!found) throw objectUnknown(applicationId, key)
      return reply.header('etag', objectEtag(found)).send(objectJson(found))
    },
  )
}
