// The token check of the Platformatic peer: a plugin, as its configuration takes it.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

export default async function checkToken(app: FastifyInstance, { token }: { token: string }) {
  const expected = digest(`OAuth ${token}`)
  app.addHook('onRequest', async (request, reply) => {
    const sent = digest(request.headers.authorization ?? '')
    if (!timingSafeEqual(sent, expected)) await reply.code(401).send({ error: 'wrong token' })
  })
}

const digest = (text: string) => createHash('sha256').update(text).digest()
