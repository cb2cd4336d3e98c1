import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { ApplicationCalls } from '../call-desk/call-record.ts'
import { Refusal } from '../world/refusal.ts'
import type { World } from '../world/world.ts'
import { answerErrors, refuse } from './answer-errors.ts'
import { applications } from './applications.ts'
import { type ApiVersion, admit } from './caller.ts'
import { changelog } from './changelog.ts'
import { control } from './control.ts'
import { entityEvents } from './entity-events.ts'
import { importLink } from './import-link.ts'
import { issueLinks } from './issue-links.ts'
import { issues } from './issues.ts'
import { parseBody } from './read-body.ts'
import { remoteLinks } from './remote-links.ts'
import { createRequestCounts, kindOf, type RequestCounts } from './request-counts.ts'
import { search } from './search.ts'
import { setHeader } from './send-page.ts'
import { triggers } from './triggers.ts'
import { users } from './users.ts'
import { vocabulary } from './vocabulary.ts'

export type ApiOptions = { world: World; calls: ApplicationCalls }

/** What the server that Tracker's API is registered on has to be made with: addresses as clients write them. */
export const apiServerOptions = {
  routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 4096 },
} as const

/**
 * Tracker's API at the root of the host, under `/v2` and `/v3`, where published clients look for it; and under `/sandbox`
 * what rules it.
 */
export const trackerApi: FastifyPluginAsync<ApiOptions> = async (app, options) => {
  const counts = createRequestCounts()
  app.addHttpMethod('LINK')
  app.addHttpMethod('UNLINK')
  await app.register(async scope => playVersion(scope, 'v2', options, counts), { prefix: '/v2' })
  await app.register(async scope => playVersion(scope, 'v3', options, counts), { prefix: '/v3' })
  await app.register(control, { world: options.world, counts })
}

async function playVersion(app: FastifyInstance, version: ApiVersion, options: ApiOptions, counts: RequestCounts) {
  prepareServer(app, version, options.world, counts)
  await app.register(applications, options)
  await app.register(issues, options)
  await app.register(search, options)
  await app.register(changelog, options)
  await app.register(remoteLinks, options)
  await app.register(issueLinks, options)
  await app.register(importLink, options)
  await app.register(users, options)
  await app.register(vocabulary, options)
  await app.register(triggers, options)
  await app.register(entityEvents, options)
}

/** What every route of the API has in common. */
function prepareServer(app: FastifyInstance, version: ApiVersion, world: World, counts: RequestCounts): void {
  app.decorateRequest('caller')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) =>
    parseBody(bytes),
  )
  app.addHook('onRequest', async (request, reply) => {
    joinRepeated(request.query as Record<string, string | string[]>)
    // Clients send any content type, or none, with the same JSON.
    request.raw.headers['content-type'] = 'application/json'
    const { rateLimit, failing } = world.settings()
    if (!counts.admit(kindOf(request.url), rateLimit)) {
      if (rateLimit?.retryAfter !== null) setHeader(reply, 'Retry-After', `${rateLimit?.retryAfter}`)
      throw new Refusal(429, { errorMessages: ['Too many requests: wait, and ask again.'] })
    }
    request.caller = admit(world, request, version)
    if (failing !== null)
      throw new Refusal(failing, { errorMessages: [`The sandbox was told to answer ${failing}: its setting failing.`] })
  })
  // What is answered is in the data file.
  app.addHook('onSend', async () => world.saved())
  app.addHook('onResponse', async (request, reply) => {
    counts.answered(`${request.method} ${request.routeOptions.url ?? 'another address'}`, reply.statusCode)
  })
  answerErrors(app)
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, new Refusal(404, { errorMessages: [`The sandbox does not play ${request.method} ${request.url}.`] })),
  )
}

/** A parameter that is there twice reads as one with a comma. */
function joinRepeated(query: Record<string, string | string[]>): void {
  for (const [name, value] of Object.entries(query)) query[name] = [value].flat().join(',')
}
