import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { tellOpenFiles } from '../../config/environment/open-env-files.ts'
import { adminPortNotices } from '../../config/open-admin-port.ts'
import { createLogger, type Logger } from '../../logging/logger.ts'
import { openServer } from '../../server.ts'
import { putObjects } from '../../storage/objects/put-objects.ts'
import { openStorage } from '../../storage/open-storage.ts'
import type { CliCommand, CliContext, CommandInput } from '../command.ts'
import { configOption, type Program, readProgram } from '../open-program.ts'
import type { SampleSandbox } from '../sandbox/sample-sandbox.ts'
import { banner } from './banner.ts'
import { giveBackMemory } from './give-back-memory.ts'
import { limitListeners } from './limit-listeners.ts'
import { addressesOf, listen, refuseTaken, urlOf } from './listen.ts'
import { openTracesOf } from './open-traces-of.ts'
import { refuseOpenSample } from './refuse-open-sample.ts'
import { readerOf, reloadOnSignal } from './reload-server.ts'
import { sampleObjects } from './sample-objects.ts'
import { stopOnSignal } from './stop-on-signal.ts'
import { isWorker } from './workers/is-worker.ts'

export const serve: CliCommand = {
  name: 'serve',
  summary: "answer Tracker's calls until stopped (SIGTERM, Ctrl-C)",
  options: [configOption],
  examples: ['serve', 'serve --config tracker-links.yaml'],
  run: runServer,
}

async function runServer(input: CommandInput, context: CliContext): Promise<number> {
  if (isWorker(context.env)) return (await import('./workers/run-worker.ts')).runWorker(context)
  const program = readProgram(input, context, { toServe: true })
  const { settings, source } = program
  refuseOpenSample(program)
  // The sample is for a trial: one process.
  if (source !== undefined && settings.workers > 1)
    return (await import('./workers/run-primary.ts')).runPrimary({ ...program, source }, input, context)
  const isTrial = source === undefined
  // A new user at a terminal reads the banner first; what is logged before it would only stand in its way.
  const log = createLogger(isTrial && context.isTerminal ? 'error' : settings.logLevel, undefined, {
    withKeys: settings.logKeys,
  })
  const started = performance.now()
  const { server, traces } = await openListening(program, input, context, log)
  for (const notice of [...server.notices, ...adminPortNotices(settings), ...tellOpenFiles(program.environment)])
    log.warn(notice)
  const milliseconds = Math.round(performance.now() - started)
  log.info({ milliseconds, database: server.storage.description }, 'ready')
  giveBackMemory()

  const addresses = [addressOf(server.publicApp), addressOf(server.adminApp)] as const
  const say = (sandboxLine?: string) => {
    context.stdout.write(`${banner(program, server.storage, addresses, { calledAs: context.calledAs, sandboxLine })}\n`)
    log.level = settings.logLevel
  }
  let sandbox: Promise<SampleSandbox> | undefined
  if (isTrial) {
    sandbox = startSampleSandbox(program, { linkServer: addresses[0], log })
    void sandbox.then(({ line }) => say(line))
  } else if (context.isTerminal) say()
  const close = async () => {
    await (await sandbox)?.close?.()
    await server.close()
    await traces?.close()
  }
  // A terminal that is closed sends SIGHUP, too: there it means stop.
  if (!context.isTerminal) reloadOnSignal(server, log)
  return await stopOnSignal(log, seconds => server.drain(seconds).then(close), settings).exitCode
}

/** The server at its addresses. Nothing is left open if it throws. */
async function openListening(program: Program, input: CommandInput, context: CliContext, log: Logger) {
  const { settings, config, source } = program
  // Before PostgreSQL is started for nothing.
  for (const address of addressesOf(settings)) await refuseTaken(address)
  const traces = await openTracesOf(settings, log)
  const server = await openServer({
    config,
    source,
    log,
    traces,
    adminHosts: [settings.adminHost, ...settings.adminAllowedHosts],
    trustedProxies: settings.trustedProxies,
    openStorage: () => openStorage({ ...settings, log, mustOwn: true }),
    ...(source !== undefined && { readAgain: readerOf(program, input, context, log) }),
  })
  try {
    if (source === undefined) await putObjects(server.storage.prisma, 'demo', sampleObjects)
    limitListeners(server, settings.maxConnections, log)
    const [publicAddress, adminAddress] = addressesOf(settings)
    await listen(server.publicApp, publicAddress)
    await listen(server.adminApp, adminAddress)
  } catch (error) {
    await server.close()
    throw error
  }
  return { server, traces }
}

const addressOf = (app: FastifyInstance) => urlOf(app.server.address() as AddressInfo)

/** After `ready`, and loaded then only: a configured server needs nothing of it. */
async function startSampleSandbox(
  { settings, config }: Program,
  { linkServer, log }: { linkServer: string; log: Logger },
): Promise<SampleSandbox> {
  const { openSampleSandbox } = await import('../sandbox/sample-sandbox.ts')
  // All but the last, which is left for the first try of a new user.
  const keys = sampleObjects.slice(0, -1).map(({ key }) => key)
  return openSampleSandbox(settings, config, { linkServer, keys, log })
}
