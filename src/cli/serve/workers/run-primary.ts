import { tellOpenFiles } from '../../../config/environment/open-env-files.ts'
import { adminPortNotices } from '../../../config/open-admin-port.ts'
import { createLogger } from '../../../logging/logger.ts'
import { openStorage, type Storage } from '../../../storage/open-storage.ts'
import type { CliContext, CommandInput } from '../../command.ts'
import type { Program } from '../../open-program.ts'
import { banner } from '../banner.ts'
import { addressesOf, refuseTaken, urlOf } from '../listen.ts'
import { readNext, reloadOnSignal } from '../reload-server.ts'
import { stopOnSignal } from '../stop-on-signal.ts'
import { type Bound, bindListeners, letGo } from './bind-listeners.ts'
import { connectionNotices } from './connection-notices.ts'
import { startFirst, startOthers, stopAll, type Workers } from './keep-workers.ts'
import { openPrimary, type Primary } from './primary.ts'
import { reloadAll } from './reload-all.ts'

type Served = Program & { source: string }
type Listeners = { public: Bound; admin: Bound }

/**
 * Starts workers, replaces those that end, and stops them all. It opens the database first, so that one process migrates it, and
 * runs the embedded PostgreSQL. It holds the sockets, and answers no call: so what waits to be accepted outlives any worker.
 */
export async function runPrimary(program: Served, input: CommandInput, context: CliContext): Promise<number> {
  const { settings } = program
  const log = createLogger(settings.logLevel, undefined, { withKeys: settings.logKeys, isShared: true })
  const started = performance.now()
  for (const address of addressesOf(settings)) await refuseTaken(address)
  const listeners = await bindListeners(settings)
  const letAllGo = () => [listeners.public, listeners.admin].forEach(letGo)
  const storage = await openStorage({ ...settings, log, mustOwn: true }).catch(error => {
    letAllGo()
    throw error
  })
  // Advice only: a start does not fail for it.
  const notices = await connectionNotices(storage, settings.workers).catch(() => [])
  // Its connections are not needed any more; the embedded PostgreSQL is.
  if (storage.dataDirectory === undefined) await storage.close()
  const next = () => readNext(program, input, context)
  const primary = openPrimary({ program, listeners, log, readNext: next, env: context.env })
  const close = async (drainSeconds: number | undefined) => {
    // Callers are refused as soon as the last worker stops listening.
    letAllGo()
    await stopAll(primary.workers, drainSeconds)
    if (storage.dataDirectory !== undefined) await storage.close()
  }
  const failed = await startFirst(primary.workers).catch(async error => {
    await close(0)
    throw error
  })
  if (failed !== undefined) {
    await close(0)
    return failed
  }
  // A terminal that is closed sends SIGHUP, too: there it means stop.
  if (!context.isTerminal) reloadOnSignal({ reload: () => reloadAll(primary) }, log)
  const { exitCode, forget } = stopOnSignal(log, close, settings)
  const own = [...notices, ...adminPortNotices(settings), ...tellOpenFiles(program.environment)]
  void startRest(primary, own, () => {
    const milliseconds = Math.round(performance.now() - started)
    log.info({ milliseconds, database: storage.description, workers: pidsOf(primary.workers) }, 'ready')
    if (context.isTerminal) context.stdout.write(`${bannerOf(program, storage, listeners, context)}\n`)
  })
  const gaveUp = primary.gaveUp.promise.then(async code => {
    forget()
    await close(0)
    return code
  })
  return await Promise.race([exitCode, gaveUp])
}

async function startRest({ workers, log, notices }: Primary, own: readonly string[], ready: () => void): Promise<void> {
  await startOthers(workers)
  if (workers.isStopping) return
  for (const notice of [...notices, ...own]) log.warn(notice)
  ready()
}

const pidsOf = ({ all }: Workers) => [...all].map(worker => worker.process.pid)

function bannerOf(program: Served, storage: Storage, listeners: Listeners, { calledAs }: CliContext): string {
  const addresses = [urlOf(listeners.public.address), urlOf(listeners.admin.address)] as const
  const lines = banner(program, storage, addresses, { calledAs })
  return `${lines}\nWorkers: ${program.settings.workers}`
}
