import type { FastifyPluginAsync } from 'fastify'
import type { Application } from '../../config/schema.ts'
import { lookAtObject } from '../../linked-objects/cards/look-at-object.ts'
import type { Cards } from '../../linked-objects/cards/open-cards.ts'
import { sourceErrors } from '../../linked-objects/cards/source-problem.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { findObject } from '../../storage/objects/change-object.ts'
import { formerKeysOf, presentKeyOf } from '../../storage/objects/object-aliases.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { isKnown } from '../../values/etag.ts'
import { callerOf } from '../authenticate.ts'
import type { ManagementTurns } from '../turns.ts'
import { type ObjectParams, objectParams, objectUnknown, readKey, tellSourceFailure } from './object-address.ts'
import { etagHeader, formerKeysJson, objectEtag, objectJson, wholeObjectSchema } from './object-json.ts'

const schema = {
  operationId: 'getObject',
  tags: ['Objects'],
  summary: 'An object as it is stored',
  description:
    'If the objects of the application are not pushed: the last good card, until it is so old that Tracker would not get it without ' +
    'asking; then, or if there is none, the source is asked. `fetchedAt` says of when the card is.',
  params: objectParams,
  response: {
    200: { ...wholeObjectSchema, headers: etagHeader, description: 'The object.' },
    304: { type: 'null', headers: etagHeader, description: 'The object is as If-None-Match says.' },
  },
} as const

type Options = {
  database: Queries
  turns: ManagementTurns
  applications: ReadonlyMap<string, Application>
  fetchCard: Cards['fetchCard']
}

/** One object: its card, and what is stored beside it. */
export const getObject: FastifyPluginAsync<Options> = async (app, { database, turns, applications, fetchCard }) => {
  app.get<{ Params: ObjectParams }>(
    '/api/applications/:applicationId/objects/:key',
    { schema, config: { errors: ['key-invalid', 'object-unknown', ...sourceErrors] } },
    async (request, reply) => {
      const key = readKey(request.params.key)
      const { applicationId } = request.params
      // Only configured applications get here.
      const application = applications.get(applicationId) as Application
      const { apiKeyId } = callerOf(request)
      const find = (one: RemoteKey) => turns.query(apiKeyId, () => findObject(database, applicationId, one))
      const fetchInTurn: typeof fetchCard = (...which) => turns.source(apiKeyId, () => fetchCard(...which))
      const seen = await lookAtObject({ find, application, fetchCard: fetchInTurn }, key).catch(error =>
        tellSourceFailure(applicationId, error, 'and there has never been a card of this object'),
      )
      if (!seen) {
        const renamedTo = await turns.query(apiKeyId, () => presentKeyOf(database, applicationId, key))
        throw objectUnknown(applicationId, key, renamedTo)
      }
      const found = seen.object
      const etag = objectEtag(found)
      reply.header('etag', etag)
      if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send()
      const former = await turns.query(apiKeyId, () => formerKeysOf(database, applicationId, key))
      return { ...objectJson(found), ...(former.length > 0 && { formerKeys: formerKeysJson(former) }) }
    },
  )
}
