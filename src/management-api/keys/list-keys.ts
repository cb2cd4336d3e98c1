import type { FastifyPluginAsync } from 'fastify'
import type { Queries } from '../../storage/database/queries.ts'
import { listApiKeys } from '../../storage/keys/api-keys.ts'
import { callerOf } from '../authenticate.ts'
import type { ManagementTurns } from '../turns.ts'
import { keyJson, keySchema } from './key-json.ts'
import { isWithin } from './key-reach.ts'

const schema = {
  operationId: 'listKeys',
  tags: ['API keys'],
  summary: 'The API keys, the newest first',
  description: 'A key that is limited to applications sees only keys that are limited to these or some of them.',
  response: {
    200: {
      type: 'object',
      required: ['keys'],
      properties: { keys: { type: 'array', items: keySchema } },
      description: 'All keys, also those that have expired or were revoked.',
    },
  },
} as const

type Options = { database: Queries; turns: ManagementTurns }

/** The keys, without the keys themselves. */
export const listKeys: FastifyPluginAsync<Options> = async (app, { database, turns }) => {
  app.get('/api/keys', { schema, config: { scopes: ['admin'] } }, async request => {
    const caller = callerOf(request)
    const keys = await turns.query(caller.apiKeyId, () => listApiKeys(database))
    return { keys: keys.filter(key => isWithin(key, caller)).map(keyJson) }
  })
}
