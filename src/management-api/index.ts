import fastifyAuth from '@fastify/auth'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Application } from '../config/schema.ts'
import type { Logger } from '../logging/logger.ts'
import type { ApiKeyStore } from '../storage/api-key-store.ts'
import type { LinkStore } from '../storage/link-store.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { parseJsonBody } from '../tracker-contract/json-body.ts'
import { createAuthentication } from './authenticate.ts'
import { listApplications } from './list-applications.ts'
import { createSchemaCompiler } from './schema-compiler.ts'

export type ManagementApiOptions = {
  log: Logger
  applications: ReadonlyMap<string, Application>
  apiKeys: ApiKeyStore
  links: LinkStore
  objects: ObjectStore
}

/** The management API: for the application and its operators. Every endpoint needs an API key. */
export const managementApi: FastifyPluginAsync<ManagementApiOptions> = async (app, options) => {
  await app.register(fastifyAuth)
  const { authenticate, authorize } = createAuthentication(options)
  app.decorateRequest('apiCaller')
  app.addHook('onRequest', app.auth([authenticate, authorize], { relation: 'and' }))
  app.setValidatorCompiler(createSchemaCompiler())
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: FastifyRequest, bytes: Buffer) =>
    parseJsonBody(bytes, 'beyondSafe'),
  )

  // Any key
  await app.register(listApplications, options)
}
