import type { FastifyPluginAsync } from 'fastify'
import { Problem } from '../../errors/problem.ts'
import type { Breakers } from '../../linked-objects/cards/open-cards-of-config.ts'
import { replica } from '../../request-log/waiting-calls.ts'
import { isThisMachine } from '../place.ts'

/**
 * `GET /health/breakers`, for the doctor as a command: whether this server asks the sources of cards, which no table holds, since
 * each replica finds out by its own calls. Without a key, and for this machine only, like `/health/place`.
 */
export const tellBreakers: FastifyPluginAsync<{ breakers: () => Breakers }> = async (app, { breakers }) => {
  app.get('/health/breakers', async ({ socket }) => {
    if (isThisMachine(socket.remoteAddress)) return { replica, breakers: Object.fromEntries(breakers()) }
    throw new Problem('no-such-endpoint', 'Only the machine of the server is answered here.')
  })
}
