import type { FastifyPluginAsync } from 'fastify'
import { Problem } from '../../errors/problem.ts'
import { findApiKey, revokeApiKey } from '../../storage/keys/api-keys.ts'
import { callerOf } from '../authenticate.ts'
import type { OnlyOnce } from '../only-once.ts'
import { keyJson, keySchema } from './key-json.ts'
import { isWithin } from './key-reach.ts'

const schema = {
  operationId: 'revokeKey',
  tags: ['API keys'],
  summary: 'Revoke an API key',
  description: 'Every server stops accepting it within 5 seconds, for good. Revoking it again is harmless.',
  params: {
    type: 'object',
    required: ['keyId'],
    properties: { keyId: { type: 'string', description: 'Id of the key: `tlk_ID_…`.' } },
  },
  response: { 200: { ...keySchema, description: 'The key, revoked.' } },
} as const

/** Revokes a key. */
export const revokeKey: FastifyPluginAsync<{ onlyOnce: OnlyOnce }> = async (app, { onlyOnce }) => {
  app.post<{ Params: { keyId: string } }>(
    '/api/keys/:keyId/revoke',
    { schema, config: { scopes: ['admin'], onlyOnce: true, errors: ['api-key-id-unknown'] } },
    (request, reply) =>
      onlyOnce(request, reply, async ({ database }) => {
        const { keyId } = request.params
        const known = await findApiKey(database, keyId)
        if (!known || !isWithin(known, callerOf(request)))
          throw new Problem('api-key-id-unknown', 'There is no API key with this id.')
        await revokeApiKey(database, keyId)
        return { status: 200, body: keyJson((await findApiKey(database, keyId)) ?? known) }
      }),
  )
}
