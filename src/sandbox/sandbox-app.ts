import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { apiServerOptions, trackerApi } from './api/index.ts'
import { type CallDesk, createCallDesk } from './call-desk/call-desk.ts'
import { steerCalls } from './call-desk/steer-calls.ts'
import { pages } from './page/pages.ts'
import { foreignPage } from './same-origin.ts'
import type { World } from './world/world.ts'

export type SandboxOptions = {
  world: World
  log?: FastifyBaseLogger
  /** Names, beyond those of this machine, under which it is called. */
  hosts?: readonly string[]
  /** Where an address of the link server itself is reached from the reader's machine; any other one stays as it is. */
  nearAddress?: (address: string) => string
  /** Milliseconds that an application has for an answer, and that a call is held back to be overtaken. */
  timeout?: number
  holdBack?: number
}

export type Sandbox = { app: FastifyInstance; desk: CallDesk }

/** Tracker, played: its API, its pages, and its calls to applications. It listens elsewhere; closing it closes the world. */
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
  const desk = createCallDesk({ ...times, formerKeys: key => world.issue(key)?.aliases ?? [] })
  app.addHook('onRequest', async (request, reply) => {
    const reason = foreignPage(request, hosts)
    if (reason) await reply.code(403).send({ errors: {}, errorMessages: [reason], statusCode: 403 })
  })
  app.addHook('onClose', async () => {
    await desk.close()
    await world.close()
  })
  await app.register(trackerApi, { world, calls: desk })
  await app.register(steerCalls, { desk })
  await app.register(pages, { world, desk, nearAddress })
  return { app, desk }
}
