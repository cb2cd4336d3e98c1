import type { IncomingMessage, ServerResponse } from 'node:http'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  LogController,
  type onRequestHookHandler,
} from 'fastify'
import { answerErrors, noteRawRefusals } from './error-answers.ts'
import { noPage } from './errors/no-page.ts'
import { refuseConnection, refuseExpectation, refuseTunnel } from './errors/raw-answers.ts'
import { closeInAQuietTurn, watchConnections } from './last-answers.ts'
import { newRequestId } from './logging/call.ts'
import { type Logger, logTrouble } from './logging/logger.ts'
import type { Tally } from './logging/tally.ts'
import { hostRule } from './management-api/allowed-hosts.ts'
import { bodyTimes } from './management-api/body-time.ts'
import { documentation } from './management-api/documentation/documentation.ts'
import { startPage } from './management-api/documentation/start-page.ts'
import { tellBreakers } from './management-api/health/tell-breakers.ts'
import { type ManagementApiOptions, managementApi } from './management-api/index.ts'
import { metricsPage } from './management-api/metrics.ts'
import { type Place, tellPlace } from './management-api/place.ts'
import { answerUnknownAddresses } from './management-api/unknown-address.ts'
import type { Samples } from './metrics/exposition.ts'
import { isPressed } from './overload/calls-in-flight.ts'
import type { Load } from './overload/front.ts'
import type { Handle } from './overload/refusal-line.ts'
import { overloaded } from './overload/refuse-call.ts'
import type { RefusalPacer } from './overload/slow-refusals.ts'
import type { Readiness } from './storage/database/readiness/readiness.ts'
import { icons, routeIcons } from './tracker-calls/icons.ts'
import { type TrackerCallsOptions, trackerCalls } from './tracker-calls/index.ts'
import { checkRequest } from './tracker-calls/request-rules.ts'
import { triggerRoute } from './tracker-calls/triggers.ts'

export type AppOptions = { log: Logger; tally: Tally; readiness: () => Promise<Readiness>; load: Load }

/** What reaches a listening server. */
export type Replaceable = {
  /** The app that answers: a reload puts the next one here. */
  app: FastifyInstance
  /** From now on each answer is the last on its connection, and says so. */
  giveLastAnswers: () => void
}

/**
 * The public server: Tracker's three calls, its triggers, the built-in icons, and `GET /health` as a bare status. Assembled here, and never
 * listening here.
 */
export async function buildPublicApp(
  options: AppOptions & TrackerCallsOptions & { paceRefusal: RefusalPacer; trustedProxies: readonly string[] },
): Promise<FastifyInstance> {
  const iconRoute = routeIcons(options.applications.values())
  const app = createServer(options, {
    // Addresses are matched by the owners' templates, see tracker-calls/index.ts.
    rewriteUrl: request =>
      isHealth(request) ? '/health' : (iconRoute(request) ?? triggerRoute(request, options.addresses) ?? '/'),
    paceRefusal: options.paceRefusal,
    ...(options.trustedProxies.length > 0 && { trustProxy: [...options.trustedProxies] }),
    // A request without a body is no stream of one that has to be ended, which takes a tenth of a card's time.
    http: { optimizeEmptyRequests: true },
  })
  if (options.traces !== undefined) await app.register(options.traces.plugin)
  app.get('/health', { onRequest: checkRequest }, async (_request, reply) =>
    reply.code((await options.readiness()).ready ? 200 : 503).send(),
  )
  await app.register(icons)
  await app.register(trackerCalls, options)
  return app
}

const isHealth = ({ url = '' }: { url?: string | undefined }) => url === '/health' || url.startsWith('/health?')

type AdminOptions = {
  place: Place
  adminHosts: readonly string[]
  /** What Prometheus is told; undefined: there is no such page. */
  scrape: (() => Promise<Samples>) | undefined
}

/** The admin server, for operators and for applications: health in words, the management API and its documentation. */
export async function buildAdminApp(
  options: AppOptions & ManagementApiOptions & AdminOptions,
): Promise<FastifyInstance> {
  const note = noteRawRefusals(options)
  const bodies = bodyTimes((error, socket) => refuseConnection(error, socket, note))
  const app = createServer(options, {
    loggerInstance: withoutChildren(options.log),
    // A bulk push may take long; a connection without traffic is closed. Other bodies have their own limit, see below.
    requestTimeout: 0,
    connectionTimeout: 65_000,
    // The router must not limit the length of keys: it counts `%` as five characters.
    routerOptions: { maxParamLength: longestAddress },
    beforeRefusal: bodies.limit,
  })
  // First of all: a request that is refused has a body, too.
  app.addHook('onRequest', bodies.hook)
  app.addHook('onRequest', checkRequest)
  const otherHost = hostRule(options.adminHosts)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const problem = otherHost(request.headers.host)
    if (problem) throw problem
    // Tracker's calls come before those of operators, which can wait.
    if (isPressed(options.load.changes) && request.url.startsWith('/api/')) throw overloaded()
  })
  answerUnknownAddresses(app)
  app.get('/health/live', async () => ({ status: 'live' }))
  app.get('/health/ready', async (_request, reply) => {
    const { ready, reason, warnings: found = [] } = await options.readiness()
    const warnings = [...found, logTrouble(options.log)].filter(warning => warning !== undefined)
    const status = ready ? 'ready' : 'not ready'
    return reply.code(ready ? 200 : 503).send({ status, reason, ...(warnings.length > 0 && { warnings }) })
  })
  await app.register(metricsPage, options)
  await app.register(startPage)
  await app.register(tellPlace, options)
  await app.register(tellBreakers, options)
  await app.register(documentation)
  await app.register(managementApi, options)
  return app
}

/** In characters: Node accepts no longer request line and headers. */
const longestAddress = 16 * 1024

/**
 * Lets another app answer what reaches the server of this one, which answers until then. `front` may stand between the two.
 */
export function makeReplaceable(app: FastifyInstance, front = (handle: Handle) => handle): Replaceable {
  const behind: Replaceable = { app, giveLastAnswers: watchConnections(app.server) }
  const handle: Handle = (request, response) => behind.app.routing(request, response)
  app.server.removeAllListeners('request').on('request', front(handle))
  return behind
}

/**
 * A Fastify server with the limits and the error answers that both share. Without a `loggerInstance` Fastify adds no listeners of its own to
 * each answer, see tracker-calls/index.ts, and says nothing of its own in the log.
 */
function createServer(
  { log, tally }: Pick<AppOptions, 'log' | 'tally'>,
  more: {
    loggerInstance?: FastifyBaseLogger
    rewriteUrl?: (request: { url?: string | undefined; method?: string | undefined }) => string
    requestTimeout?: number
    connectionTimeout?: number
    routerOptions?: { maxParamLength: number }
    paceRefusal?: RefusalPacer
    trustProxy?: string[]
    /** For what the router refuses before any hook. */
    beforeRefusal?: (request: IncomingMessage, response: ServerResponse) => void
    http?: { optimizeEmptyRequests: boolean }
  },
) {
  const { paceRefusal, beforeRefusal, http, ...settings } = more
  const answerError = answerErrors({ log, tally, paceRefusal })
  const note = noteRawRefusals({ log, tally })
  const app = Fastify({
    // tracker-calls/ decides what is logged of a call: never its whole address, which may hold a secret.
    logController: new LogController({ disableRequestLogging: true }),
    // The caller's own is noted beside ours, see logging/call.ts.
    requestIdHeader: false,
    genReqId: newRequestId,
    bodyLimit: 256 * 1024,
    requestTimeout: 10_000,
    keepAliveTimeout: 65_000,
    maxRequestsPerSocket: 10_000,
    return503OnClosing: false,
    // Node's own check of the Host header answers without a body; tracker-calls/request-rules.ts checks it instead.
    http: { headersTimeout: 8_000, connectionsCheckingInterval: 1_000, requireHostHeader: false, ...http },
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        allErrors: false,
        verbose: true,
        // The schemas are ours: no start needs to check that they are JSON Schema.
        meta: false,
        validateSchema: false,
      },
    },
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, note),
    // Errors of the router, which do not reach the error handler.
    frameworkErrors: (error, request, reply) => {
      beforeRefusal?.(request.raw, reply.raw)
      answerError(error, request, reply)
    },
    ...settings,
  })
  app.decorateRequest('refusal')
  app.addHook('onRequest', startAnswer)
  app.setErrorHandler<FastifyError>(answerError)
  app.server.on('checkExpectation', (request, response) => refuseExpectation(request, response, note))
  app.server.on('connect', (request, socket) => refuseTunnel(request, socket, note))
  closeConnectionsAtAStop(app)
  return app
}

const startAnswer: onRequestHookHandler = (request, reply, done) => {
  // Three texts that are there already, for every card too: no object is made for them.
  reply
    .header('x-request-id', request.id)
    .header('x-content-type-options', noPage['x-content-type-options'])
    .header('content-security-policy', noPage['content-security-policy'])
  // Nothing is upgraded, but Node drops what came together with such a request: its caller would wait for ever.
  if (request.raw.headers.upgrade !== undefined) reply.header('connection', 'close')
  done()
}

/**
 * Node closes the connections that are idle when a server is closed. A connection whose last answer is still in flight would
 * stay open for as long as its client is silent, and hold up the stop.
 */
function closeConnectionsAtAStop(app: FastifyInstance): void {
  closeInAQuietTurn(app.server)
  app.addHook('preClose', async () => {
    if (!app.server.listening) return
    const timer = setInterval(() => app.server.closeIdleConnections(), 50)
    app.server.once('close', () => clearInterval(timer))
  })
}

/**
 * The log, which is its own child: Fastify makes a child logger for each request, and that takes longer than to find a card.
 * Records of a request name it themselves (`requestId`).
 */
function withoutChildren(log: FastifyBaseLogger): FastifyBaseLogger {
  const only: FastifyBaseLogger = Object.create(log, { child: { value: () => only } })
  return only
}
