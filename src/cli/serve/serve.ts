import type { AddressInfo } from 'node:net'
import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { tellOpenFiles } from '../../config/environment/open-env-files.ts'
import { adminPortNotices } from '../../config/open-admin-port.ts'
import { type Settings, standardDrain } from '../../config/settings.ts'
import { createLogger, type Logger } from '../../logging/logger.ts'
import { limitConnections } from '../../overload/connection-limit.ts'
import { createTally } from '../../overload/tally.ts'
import { openServer } from '../../server.ts'
import { putObjects } from '../../storage/objects/put-objects.ts'
import { openStorage } from '../../storage/open-storage.ts'
import type { Traces } from '../../traces/open-traces.ts'
import type { CliCommand, CliContext, CommandInput } from '../command.ts'
import { configOption, type Program, readProgram } from '../open-program.ts'
import type { SampleSandbox } from '../sandbox/sample-sandbox.ts'
import { banner } from './banner.ts'
import { giveBackMemory } from './give-back-memory.ts'
import { addressesOf, listen, refuseTaken } from './listen.ts'
import { refuseOpenSample } from './refuse-open-sample.ts'
import { readerOf, reloadOnSignal } from './reload-server.ts'
import { sampleObjects } from './sample-objects.ts'

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
  const program = readProgram(input, context, { toServe: true })
  const { settings, config, source } = program
  refuseOpenSample(program)
  const isTrial = source === undefined
  // A new user at a terminal reads the banner first; what is logged before it would only stand in its way.
  const log = createLogger(isTrial && context.isTerminal ? 'error' : settings.logLevel, undefined, {
    withKeys: settings.logKeys,
  })
  const started = performance.now()
  // Before PostgreSQL is started for nothing.
  for (const address of addressesOf(settings)) await refuseTaken(address)
  const traces = await tracesOf(settings, log)
  const server = await openServer({
    config,
    source,
    log,
    traces,
    adminHosts: [settings.adminHost, ...settings.adminAllowedHosts],
    openStorage: () => openStorage({ ...settings, log, mustOwn: true }),
    ...(source !== undefined && { readAgain: readerOf(program, input, context, log) }),
  })
  try {
    if (source === undefined) await putObjects(server.storage.prisma, 'demo', sampleObjects)
    const tally = createTally(log)
    for (const { server: listener } of [server.publicApp, server.adminApp])
      limitConnections(listener, settings.maxConnections, tally)
    const [publicAddress, adminAddress] = addressesOf(settings)
    await listen(server.publicApp, publicAddress)
    await listen(server.adminApp, adminAddress)
  } catch (error) {
    await server.close()
    throw error
  }
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
  return stopOnSignal(log, seconds => server.drain(seconds).then(close), settings.drainSeconds)
}

/** Without the setting nothing of it is loaded. */
const tracesOf = async ({ traces }: Settings, log: Logger): Promise<Traces | undefined> =>
  traces && (await (await import('../../traces/open-traces.ts')).openTraces(traces, log))

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
  stop: (drainSeconds: number | undefined) => Promise<void>,
  drainSeconds: number | undefined,
): Promise<number> {
  // Somebody else listens for it if it does not mean stop.
  const skip = process.listenerCount('SIGHUP') > 0 ? (['SIGHUP'] as const) : []
  return new Promise(resolve => {
    closeWithGrace(
      { delay: (drainSeconds ?? standardDrain) * 1_000 + lastWork, logger: false, skip: [...skip] },
      async ({ signal, err }) => {
        if (err) log.fatal({ err }, 'stopping after a failure')
        else log.info({ signal }, 'stopping')
        await stop(signal === 'SIGTERM' ? drainSeconds : 0)
        log.info('stopped')
        resolve(err ? 1 : 0)
      },
    )
  })
}
