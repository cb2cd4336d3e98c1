import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../../world/refusal.ts'
import type { World } from '../../world/world.ts'
import type { ApiVersion } from '../documents/document-form.ts'
import { answerErrors, refuse } from './answer-errors.ts'
import { admitCaller } from './caller.ts'
import { parseBody } from './read-body.ts'
import { admitRequest, countAnswer, kindOf, type RequestCounts } from './request-counts.ts'
import { checkRequest } from './request-findings.ts'
import { setHeader } from './send-page.ts'

/** What every route of the API has in common. */
export function prepareRequests(app: FastifyInstance, version: ApiVersion, world: World, counts: RequestCounts): void {
  app.decorateRequest('caller')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) =>
    parseBody(bytes),
  )
  app.addHook('onRequest', async (request, reply) => {
    tolerateClients(request)
    const { rateLimit, failing } = world.settings()
    if (!admitRequest(counts, kindOf(request.url), rateLimit)) {
      if (rateLimit?.retryAfter !== null) setHeader(reply, 'Retry-After', `${rateLimit?.retryAfter}`)
      throw new Refusal(429, { errorMessages: ['Too many requests: wait, then try again.'] })
    }
    request.caller = admitCaller(world, request, version)
    checkRequest(counts.findings, request, world.organization)
    if (failing !== null)
      throw new Refusal(failing, { errorMessages: [`The sandbox was told to answer ${failing}: its setting failing.`] })
  })
  // What is answered is in the data file.
  app.addHook('onSend', async () => world.saved())
  app.addHook('onResponse', async (request, reply) => {
    countAnswer(counts, `${request.method} ${request.routeOptions.url ?? 'another address'}`, reply.statusCode)
  })
  answerErrors(app)
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, new Refusal(404, { errorMessages: [`The sandbox does not play ${request.method} ${request.url}.`] })),
  )
}

function tolerateClients(request: FastifyRequest): void {
  // A repeated parameter reads as one with commas.
  const query = request.query as Record<string, string | string[]>
  for (const [name, value] of Object.entries(query)) query[name] = [value].flat().join(',')
  // Clients send any content type, or none, with the same JSON.
  request.raw.headers['content-type'] = 'application/json'
}
