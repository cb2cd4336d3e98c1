import type { FastifyError, FastifyPluginAsync, FastifyReply } from 'fastify'
import type { ApplicationCalls } from '../application-calls/application-calls.ts'
import type { World } from '../world.ts'
import { Refusal } from '../world-refusal.ts'
import { applications } from './applications.ts'
import { type ApiVersion, admit } from './caller.ts'
import { importLink } from './import-link.ts'
import { issueLinks } from './issue-links.ts'
import { issues } from './issues.ts'
import { parseBody } from './read-body.ts'
import { remoteLinks } from './remote-links.ts'
import { search } from './search.ts'
import { users } from './users.ts'

export type ApiOptions = { world: World; calls: ApplicationCalls }

/** What the server that Tracker's API is registered on has to be made with: addresses as clients write them. */
export const apiServerOptions = {
  routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 4096 },
} as const

/** Tracker's API at the root of the host, under `/v2` and `/v3`, where published clients look for it. */
export const trackerApi: FastifyPluginAsync<ApiOptions> = async (app, options) => {
  app.addHttpMethod('LINK')
  app.addHttpMethod('UNLINK')
  for (const version of ['v2', 'v3'] as const)
    await app.register(async scope => playVersion(scope, version, options), { prefix: `/${version}` })
}

async function playVersion(app: Parameters<FastifyPluginAsync>[0], version: ApiVersion, options: ApiOptions) {
  const { world } = options
  app.decorateRequest('caller')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) =>
    parseBody(bytes),
  )
  app.addHook('onRequest', async request => {
    // Clients send any content type, or none, with the same JSON.
    request.raw.headers['content-type'] = 'application/json'
    request.caller = admit(world, request, version)
  })
  // What is answered is in the data file.
  app.addHook('onSend', async () => world.saved())
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const refusal = toRefusal(error)
    if (refusal.statusCode >= 500) request.log.error({ err: error }, 'the sandbox failed')
    return refuse(reply, refusal)
  })
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, new Refusal(404, { errorMessages: [`The sandbox does not play ${request.method} ${request.url}.`] })),
  )

  await app.register(applications, options)
  await app.register(issues, options)
  await app.register(remoteLinks, options)
  await app.register(issueLinks, options)
  await app.register(importLink, options)
  await app.register(search, options)
  await app.register(users, options)
}

/** Tracker's form of an error ("Error codes"). */
function refuse(reply: FastifyReply, { statusCode, errors, errorMessages }: Refusal) {
  return reply.code(statusCode).send({ errors, errorMessages, statusCode })
}

function toRefusal(error: FastifyError): Refusal {
  if (error instanceof Refusal) return error
  const status = error.statusCode ?? 500
  return new Refusal(status, {
    errorMessages: [status < 500 ? error.message : 'The sandbox failed; its log says why.'],
  })
}
