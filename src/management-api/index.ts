import fastifyAuth from '@fastify/auth'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { Application, Config } from '../config/schema.ts'
import type { Cards } from '../linked-objects/cards/open-cards.ts'
import type { Breakers } from '../linked-objects/cards/open-cards-of-config.ts'
import type { ChangeFeed } from '../links/change-feed.ts'
import type { Links } from '../links/links.ts'
import { inCall } from '../logging/call.ts'
import type { Logger } from '../logging/logger.ts'
import type { Queries } from '../storage/database/queries.ts'
import type { Readiness } from '../storage/database/readiness/readiness.ts'
import type { IdempotentAnswers } from '../storage/keys/idempotent-answers.ts'
import { bodyFormProblem } from '../values/body-form.ts'
import { parseJsonBody } from '../values/json-body.ts'
import { listAuditRecords } from './audit/list-audit.ts'
import { recordChanges } from './audit/record-changes.ts'
import { createAuthentication } from './authenticate.ts'
import { getCall } from './calls/get-call.ts'
import { listCalls } from './calls/list-calls.ts'
import { getHealth } from './health/get-health.ts'
import { createKey } from './keys/create-key.ts'
import { listKeys } from './keys/list-keys.ts'
import { revokeKey } from './keys/revoke-key.ts'
import { countLinks } from './links/count-links.ts'
import { createLinks } from './links/create-links.ts'
import { linkHistory } from './links/link-history.ts'
import { listLinks } from './links/list-links.ts'
import { readEvents } from './links/read-events.ts'
import { removeLink } from './links/remove-link.ts'
import { listApplications } from './list-applications.ts'
import { getObject } from './objects/get-object.ts'
import { listObjects } from './objects/list-objects.ts'
import { pushBulk } from './objects/push-bulk.ts'
import { putObject } from './objects/put-object.ts'
import { refreshObject } from './objects/refresh-object.ts'
import { removeObject } from './objects/remove-object.ts'
import { renameObject } from './objects/rename-object.ts'
import { createOnlyOnce, type OnlyOnce } from './only-once.ts'
import { getProbe } from './probe/get-probe.ts'
import { applyPlan } from './reconciliation/apply-plan.ts'
import { cancelReconciliation } from './reconciliation/cancel-reconciliation.ts'
import { getPlan } from './reconciliation/get-plan.ts'
import { getReconciliation } from './reconciliation/get-reconciliation.ts'
import { listPlanLines } from './reconciliation/list-plan-lines.ts'
import { listReconciliations } from './reconciliation/list-reconciliations.ts'
import { type RunStarts, startReconciliation } from './reconciliation/start-reconciliation.ts'
import { refuseUnreadableQuery } from './refuse-unreadable-query.ts'
import { type Reloaded, reloadConfiguration } from './reload.ts'
import { createSchemaCompiler } from './schema-compiler.ts'
import type { ManagementTurns } from './turns.ts'

export type ManagementApiOptions = {
  log: Logger
  config: Config
  applications: ReadonlyMap<string, Application>
  /** Over connections that Tracker's calls never need. */
  database: Queries
  turns: ManagementTurns
  links: Links
  fetchCard: Cards['fetchCard']
  refreshCard: Cards['refreshCard']
  feed: ChangeFeed
  idempotentAnswers: IdempotentAnswers
  background: RunStarts
  readiness: () => Promise<Readiness>
  /** Of the object sources of this server. */
  breakers: () => Breakers
  trustedProxies: readonly string[]
  /** Serves the configuration as it is now. Throws ConfigFaults. */
  reload: () => Promise<Reloaded>
  clock?: { now: () => number }
}

/** The management API: for the application and its operators. Every endpoint needs an API key. */
export const managementApi: FastifyPluginAsync<ManagementApiOptions> = async (app, options) => {
  await app.register(fastifyAuth)
  const { authenticate, authorize } = createAuthentication(options)
  app.decorateRequest('apiCaller')
  app.decorateRequest('bodyBytes')
  // Twice: what follows the events of a body belongs to the connection, not to the call.
  app.addHook('onRequest', (request, _reply, done) => inCall(request, done))
  app.addHook('preHandler', (request, _reply, done) => inCall(request, done))
  app.addHook('onRequest', app.auth([authenticate, authorize], { relation: 'and' }))
  app.addHook('onRequest', refuseUnreadableQuery)
  app.addHook('onRequest', ({ method, headers }, _reply, done) =>
    done(method === 'GET' || method === 'HEAD' ? undefined : bodyFormProblem(headers)),
  )
  app.setValidatorCompiler(createSchemaCompiler())
  // Uids keep all their digits. The tests check that answers fit their schemas.
  app.setSerializerCompiler(() => data => JSON.stringify(data))
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, readJson)
  const onlyOnce = createOnlyOnce({ ...options, changeLinks: options.links.change })
  recordChanges(app, options)
  await registerOperations(app, options, { ...options, authenticate, onlyOnce })
}

type Changing = ManagementApiOptions &
  Pick<ReturnType<typeof createAuthentication>, 'authenticate'> & { onlyOnce: OnlyOnce }

/** The operations, by the scope that a key needs. `write` is for those that change something, or answer at length. */
async function registerOperations(app: FastifyInstance, options: ManagementApiOptions, write: Changing): Promise<void> {
  // Any key
  await app.register(listApplications, options)
  await app.register(listObjects, options)
  await app.register(getObject, options)

  // objects:write
  await app.register(putObject, write)
  await app.register(pushBulk, write)
  await app.register(removeObject, write)
  await app.register(renameObject, write)
  await app.register(refreshObject, options)

  // links:read
  await app.register(listLinks, options)
  await app.register(countLinks, options)
  await app.register(linkHistory, options)
  await app.register(readEvents, write)
  await app.register(listReconciliations, options)
  await app.register(getReconciliation, options)
  await app.register(listPlanLines, options)
  await app.register(getPlan, write)
  await app.register(listCalls, options)
  await app.register(getCall, options)
  await app.register(getProbe, options)
  await app.register(getHealth, options)

  // links:write
  await app.register(createLinks, write)
  await app.register(removeLink, write)

  // reconciliation:write
  await app.register(startReconciliation, write)
  await app.register(applyPlan, write)
  await app.register(cancelReconciliation, write)

  // admin
  await app.register(listKeys, options)
  await app.register(createKey, write)
  await app.register(revokeKey, write)
  await app.register(reloadConfiguration, options)
  await app.register(listAuditRecords, options)
}

async function readJson(request: FastifyRequest, bytes: Buffer): Promise<unknown> {
  request.bodyBytes = bytes
  // Many clients send a content type with every call, even without a body (fastify/fastify#894).
  if (bytes.length === 0 && request.routeOptions.schema?.body === undefined) return undefined
  return parseJsonBody(bytes, 'beyondSafe')
}
