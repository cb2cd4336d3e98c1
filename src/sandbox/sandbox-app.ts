import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { type ForeignRequest, foreignRequest } from '../web/same-origin.ts'
import { apiServerOptions, trackerApi } from './api/index.ts'
import { createRequestCounts } from './api/requests/request-counts.ts'
import { type CallDesk, createCallDesk } from './call-desk/call-desk.ts'
import { steerCalls } from './call-desk/steer-calls.ts'
import { createChances } from './chances/chances.ts'
import { steerChances } from './chances/steer-chances.ts'
import { pages } from './page/pages.ts'
import type { World } from './world/world.ts'

export type SandboxOptions = {
  world: World
  log?: FastifyBaseLogger
  /** Host names that it answers to, besides those of this machine. */
  hosts?: readonly string[]
  /** Turns a public address of the link server into one that the reader's machine reaches; leaves any other as it is. */
  nearAddress?: (address: string) => string
  /** In milliseconds: how long an application may take to answer, and how long a call is held back to be overtaken. */
  timeout?: number
  holdBack?: number
}

export type Sandbox = { app: FastifyInstance; desk: CallDesk }

/** Plays Tracker: its API, its pages, and its calls to applications. The caller lets it listen; closing it closes the world. */
export async function buildSandbox({
  world,
  log,
  hosts = [],
  nearAddress = url => url,
  ...times
}: SandboxOptions): Promise<Sandbox> {
  const app = Fastify({
    ...apiServerOptions,
    ...(log && { loggerInstance: log, logController: new LogController({ disableRequestLogging: true }) }),
    bodyLimit: 1024 * 1024,
    forceCloseConnections: true,
  })
  const chances = createChances()
  const desk = createCallDesk({ ...times, chances })
  app.addHook('onRequest', async (request, reply) => {
    const foreign = foreignRequest(request, hosts)
    if (foreign) await reply.code(403).send({ errors: {}, errorMessages: [refusalOf(foreign)], statusCode: 403 })
  })
  app.addHook('onClose', async () => {
    await desk.close()
    await world.close()
  })
  const counts = createRequestCounts()
  await app.register(trackerApi, { world, calls: desk, counts, chances })
  await app.register(steerChances, { chances })
  await app.register(steerCalls, { world, desk })
  await app.register(pages, { world, desk, counts, nearAddress })
  return { app, desk }
}

const refusalOf = ({ reason, host }: ForeignRequest): string =>
  reason === 'unknown-host'
    ? `The sandbox does not answer to the name ${host || '(no Host)'}. Use its address, or set SANDBOX_HOST to this name.`
    : 'This change was requested by a page of another site, so it is refused.'
