import type { AddressInfo } from 'node:net'
import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { standardDrainSeconds } from '../config/settings.ts'
import { createLogger, type Logger } from '../logging/logger.ts'
import { openServer, type Server } from '../server.ts'
import { putObjects } from '../storage/objects/put-objects.ts'
import { openStorage } from '../storage/open-storage.ts'
import { banner } from './banner.ts'
import type { CliCommand, CliContext, CommandInput } from './command.ts'
import { listen, refuseTakenPlaces } from './listening.ts'
import { configOption, type Program, readProgram } from './open-program.ts'
import { sampleObjects } from './sample-objects.ts'
import type { SampleSandbox } from './sandbox/sample-sandbox.ts'

/** Milliseconds that work in flight gets at a stop, after the drain; then the process ends whatever happens. */
const lastWork = 23_000

export const serve: CliCommand = {
  name: 'serve',
  summary: "answer Tracker's calls until stopped (SIGTERM, Ctrl-C)",
  options: [configOption],
  examples: ['serve', 'serve --config tracker-links.yaml'],
  run: runServer,
}

async function runServer(input: CommandInput, context: CliContext): Promise<number> {
  const program = readProgram(input, context)
  const { settings, config, source } = program
  const isTrial = source === undefined && context.env.NODE_ENV !== 'production'
  // A new user at a terminal reads the banner first; what is logged before it would only stand in its way.
  const log = createLogger(isTrial && context.isTerminal ? 'error' : settings.logLevel)
  const started = performance.now()
  const places = [
    { host: settings.host, port: settings.port, names: 'HOST and PORT' },
    { host: settings.adminHost, port: settings.adminPort, names: 'ADMIN_HOST and ADMIN_PORT' },
  ] as const
  await refuseTakenPlaces(places)
  const server = await openServer({
    config,
    log,
    openStorage: () => openStorage({ ...settings, log, mustOwn: true }),
  })
  try {
    if (source === undefined) await putObjects(server.storage.prisma, 'demo', sampleObjects)
    await listen(server.publicApp, places[0])
    await listen(server.adminApp, places[1])
  } catch (error) {
    await server.close()
    throw error
  }
  warn(program, server, log)
  const milliseconds = Math.round(performance.now() - started)
  log.info({ milliseconds, database: server.storage.description }, 'ready')

  const addresses = [addressOf(server.publicApp), addressOf(server.adminApp)] as const
  const say = (sandboxLine?: string) => {
    context.stdout.write(`${banner(program, server.storage, addresses, sandboxLine)}\n`)
    log.level = settings.logLevel
  }
  let sandbox: Promise<SampleSandbox> | undefined
  if (isTrial) {
    sandbox = startSampleSandbox(program, { linkServer: addresses[0], log })
    void sandbox.then(({ line }) => say(line))
  } else if (source === undefined || context.isTerminal) say()
  const close = async () => {
    await (await sandbox)?.close?.()
    await server.close()
  }
  const drain = {
    needed: () => settings.drainSeconds ?? (server.isWatched() ? standardDrainSeconds : 0),
    longest: settings.drainSeconds ?? standardDrainSeconds,
  }
  return stopOnSignal(log, seconds => server.drain(seconds).then(close), drain)
}

/** What the owner should know, each time the server starts. */
function warn({ config }: Program, { notices }: Server, log: Logger): void {
  for (const notice of notices) log.warn(notice)
  for (const { id, authorization } of config.applications)
    if (authorization.kind === 'none') log.warn({ application: id }, `anybody may call ${id}: authorization is none`)
}

/** After `ready`, and loaded then only: a configured server needs nothing of it. */
async function startSampleSandbox(
  { settings, config }: Program,
  { linkServer, log }: { linkServer: string; log: Logger },
): Promise<SampleSandbox> {
  const { openSampleSandbox } = await import('./sandbox/sample-sandbox.ts')
  // All but the last, which is left for the first try of a new user.
  const keys = sampleObjects.slice(0, -1).map(({ key }) => key)
  return openSampleSandbox(settings, config, { linkServer, keys, log })
}

function addressOf(app: FastifyInstance): string {
  const { address, port, family } = app.server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/**
 * Waits for a signal, then stops without losing a call. `stop` drains for so many seconds and closes: none after Ctrl-C, since
 * nobody balances a terminal. Returns the exit code.
 */
function stopOnSignal(
  log: Logger,
  stop: (drainSeconds: number) => Promise<void>,
  drain: { needed: () => number; longest: number },
): Promise<number> {
  return new Promise(resolve => {
    closeWithGrace({ delay: drain.longest * 1_000 + lastWork, logger: false }, async ({ signal, err }) => {
      const drainSeconds = signal === 'SIGTERM' ? drain.needed() : 0
      if (err) log.fatal({ err }, 'stopping after a failure')
      else log.info({ signal, drainSeconds }, 'stopping')
      await stop(drainSeconds)
      log.info('stopped')
      resolve(err ? 1 : 0)
    })
  })
}
