import { createLogger, type Logger } from '../../../logging/logger.ts'
import { openServer, type Server } from '../../../server.ts'
import { openStorage } from '../../../storage/open-storage.ts'
import type { Traces } from '../../../traces/open-traces.ts'
import type { CliContext } from '../../command.ts'
import { giveBackMemory } from '../give-back-memory.ts'
import { limitListeners } from '../limit-listeners.ts'
import { listenAtDescriptors } from '../listen.ts'
import { openTracesOf } from '../open-traces-of.ts'
import { type Stopping, stopOnSignal } from '../stop-on-signal.ts'
import { type Channel, openChannel } from './channel.ts'
import { fellowsOf } from './fellows.ts'
import { workerMark } from './is-worker.ts'
import { reloadInHalves } from './reload-in-halves.ts'
import type { PrimaryAnswers, Standing, Task, WorkerAnswers } from './words.ts'

type Opened = { server: Server; log: Logger; stopping: Stopping }
type Primary = Channel<PrimaryAnswers>

/**
 * Answers calls as a replica does, over the database that the primary has opened and at the sockets that it has bound. The
 * primary reads the configuration, and is asked for what concerns all workers.
 */
export async function runWorker({ isTerminal, env }: CliContext): Promise<number> {
  // Not for what this process starts itself.
  delete env[workerMark]
  const task = Promise.withResolvers<Task>()
  const opened = Promise.withResolvers<Opened>()
  const standing: { now?: Standing } = {}
  const primary = openChannel<PrimaryAnswers>(process, answersOf(task.resolve, opened.promise, standing))
  // The primary was killed: nobody would start others, nor stop this one.
  const alone = { end: endAtOnce }
  process.once('disconnect', () => alone.end())
  // It is the primary's to reload. When a terminal is closed all get this signal, and stop.
  if (!isTerminal) process.on('SIGHUP', () => {})
  try {
    const open = await openWorker(await task.promise, primary, standing)
    alone.end = () => open.stopping.stop(0)
    opened.resolve(open)
    return await open.stopping.exitCode
  } catch (error) {
    // It is told of below, with an exit code of its own.
    process.removeAllListeners('disconnect').disconnect()
    throw error
  }
}

const endAtOnce = (): void => process.exit(1)

function answersOf(take: (task: Task) => void, opened: Promise<Opened>, standing: { now?: Standing }): WorkerAnswers {
  return {
    serve: async task => {
      take(task)
      return (await opened).server.notices
    },
    ...reloadInHalves(opened),
    scrape: async () => (await opened).server.scrape(),
    healthAsked: async () => (await opened).server.healthAsked(),
    standing: now => {
      standing.now = now
    },
    stop: async seconds => {
      const { server, stopping } = await opened
      server.notReady()
      stopping.stop(seconds)
    },
  }
}

async function openWorker(task: Task, primary: Primary, standing: { now?: Standing }): Promise<Opened> {
  const { settings, descriptors } = task
  const log = createLogger(settings.logLevel, undefined, { withKeys: settings.logKeys, isShared: true })
  const traces = await openTracesOf(settings, log)
  const server = await openWorkersServer(task, { log, traces, primary, standing })
  try {
    limitListeners(server, settings.maxConnections, log)
    await listenAtDescriptors(server.publicApp, descriptors.public)
    await listenAtDescriptors(server.adminApp, descriptors.admin)
  } catch (error) {
    await server.close()
    throw error
  }
  const stop = async (seconds: number | undefined) => {
    const { isAlone } = await primary.ask('stopping', undefined).catch(() => ({ isAlone: false }))
    // The others answer at the same port: a balancer has nothing to notice.
    await server.drain(seconds, { staysReady: isAlone })
    await server.close()
    await traces?.close()
  }
  giveBackMemory()
  return { server, log, stopping: stopOnSignal(log, stop, { ...settings, isWorker: true }) }
}

type Around = { log: Logger; traces: Traces | undefined; primary: Primary; standing: { now?: Standing } }

const openWorkersServer = (
  { settings, config, source }: Task,
  { log, traces, primary, standing }: Around,
): Promise<Server> =>
  openServer({
    config,
    source,
    log,
    traces,
    adminHosts: [settings.adminHost, ...settings.adminAllowedHosts],
    trustedProxies: settings.trustedProxies,
    // The primary has brought the schema up to date. It owns the data folder if PostgreSQL is embedded.
    openStorage: () =>
      openStorage({ ...settings, log, migrations: 'check', mustOwn: settings.databaseUrl !== undefined }),
    fellows: fellowsOf(primary, standing),
  })
