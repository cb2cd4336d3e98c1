import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Chances } from '../../chances/chances.ts'
import { Refusal } from '../../world/refusal.ts'
import type { World } from '../../world/world.ts'
import type { ApiVersion } from '../documents/document-form.ts'
import { answerErrors, refuse } from './answer-errors.ts'
import { admitCaller } from './caller.ts'
import { playAfter, playBefore } from './play-chance.ts'
import { parseBody } from './read-body.ts'
import { admitRequest, countAnswer, kindOf, type RequestCounts } from './request-counts.ts'
import { checkRequest } from './request-findings.ts'
import { type LoggedRequest, logRequest } from './request-log.ts'
import { setHeader } from './send-page.ts'

/** What every route of the API has in common. */
export function prepareRequests(
  app: FastifyInstance,
  version: ApiVersion,
  { world, counts, chances }: { world: World; counts: RequestCounts; chances: Chances },
): void {
  app.decorateRequest('caller')
  app.decorateRequest('chance')
  app.decorateRequest('logged')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) =>
    parseBody(bytes),
  )
  app.addHook('onRequest', async (request, reply) => {
    tolerateClients(request)
    request.logged = logRequest(counts.log, request.method, request.url)
    const { rateLimit, failing, failingRequests } = world.settings()
    if (!admitRequest(counts, kindOf(request.url), rateLimit)) {
      if (rateLimit?.retryAfter !== null) setHeader(reply, 'Retry-After', `${rateLimit?.retryAfter}`)
      throw new Refusal(429, { errorMessages: ['Too many requests: wait, then try again.'] })
    }
    request.caller = admitCaller(world, request, version)
    checkRequest(counts.findings, request, world.organization)
    if (failing !== null && (failingRequests === 'all' || isChange(request)))
      throw new Refusal(failing, { errorMessages: [`The sandbox was told to answer ${failing}: its setting failing.`] })
    await playBefore(chances, request, reply)
  })
  // What is answered is in the data file.
  app.addHook('onSend', async (request, reply, payload) => {
    await world.saved()
    return playAfter(request, reply, payload)
  })
  app.addHook('onResponse', async (request, reply) => {
    Object.assign(request.logged, { status: reply.statusCode, ...(request.chance && { fault: request.chance }) })
    countAnswer(counts, `${request.method} ${request.routeOptions.url ?? 'another address'}`, reply.statusCode)
  })
  answerErrors(app)
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, new Refusal(404, { errorMessages: [`The sandbox does not play ${request.method} ${request.url}.`] })),
  )
}

const isChange = ({ method, url }: FastifyRequest) => method !== 'GET' && kindOf(url) === 'other'

function tolerateClients(request: FastifyRequest): void {
  // A repeated parameter reads as one with commas.
  const query = request.query as Record<string, string | string[]>
  for (const [name, value] of Object.entries(query)) query[name] = [value].flat().join(',')
  // Clients send any content type, or none, with the same JSON.
  request.raw.headers['content-type'] = 'application/json'
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Its entry in the log of requests. */
    logged: LoggedRequest
  }
}
