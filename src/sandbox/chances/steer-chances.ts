import type { FastifyPluginAsync } from 'fastify'
import { ownBody, ownSchemas, takeOwnBodies } from '../api/requests/own-bodies.ts'
import { type Chances, chancesSchema, type WrittenChances } from './chances.ts'

/** How programs have requests and calls go wrong by chance. */
export const steerChances: FastifyPluginAsync<{ chances: Chances }> = async (app, { chances }) => {
  const readChances = ownBody(ownSchemas.compile<WrittenChances>(chancesSchema))
  takeOwnBodies(app)

  app.get('/sandbox/chances', async () => chances.shown())
  app.put('/sandbox/chances', async ({ body }) => {
    chances.set(readChances(body))
    return chances.shown()
  })
}
