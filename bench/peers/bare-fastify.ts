// The limit: Fastify with fixed JSON answers. No database, no token, no log: what HTTP itself costs.
import Fastify from 'fastify'
import { card } from '../load/data.ts'
import { answerSchema, bodySchema, cardSchema } from './schemas.ts'

const app = Fastify({ logger: false })
const fixedCard = card(0)
const fixedAnswer = { issueKey: 'FIXED-1', links: [{ remoteKey: 'fixed', created: true }] }

app.get('/bench/objects/:key', { schema: { response: { 200: cardSchema } } }, async () => fixedCard)
app.post('/bench/links', { schema: { body: bodySchema, response: { 201: answerSchema } } }, async (_request, reply) =>
  reply.code(201).send(fixedAnswer),
)
app.delete('/bench/links', async (_request, reply) => reply.code(204).send())

await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
