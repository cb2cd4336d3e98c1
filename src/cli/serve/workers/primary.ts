import type { Logger } from '../../../logging/logger.ts'
import type { Program } from '../../open-program.ts'
import type { Bound } from './bind-listeners.ts'
import { type Counting, keepCounts, scrapeAll } from './count-together.ts'
import { noteStopping, readyOnes, type Workers } from './keep-workers.ts'
import { type Next, orEnd, type Reloading, reloadAll, serveLate } from './reload-all.ts'
import { descriptorsInWorker, startWorker, type Worker } from './start-worker.ts'

/** What the process that starts the workers knows. */
export type Primary = Reloading & {
  counting: Counting
  /** What the first worker said of the configuration. */
  notices: readonly string[]
  /** The exit code, if no worker is left and none can be started. */
  gaveUp: PromiseWithResolvers<number>
}

export function openPrimary({
  program: { settings, config, source },
  listeners,
  log,
  readNext,
  env,
}: {
  program: Program & { source: string }
  listeners: { public: Bound; admin: Bound }
  log: Logger
  readNext: () => Next
  env: NodeJS.ProcessEnv
}): Primary {
  const counting: Counting = { ended: [], last: new Map(), restarts: () => workers.replaced }
  const gaveUp = Promise.withResolvers<number>()
  const workers: Workers = {
    wanted: settings.workers,
    log,
    start: () => startAnswered(primary, { listeners, env }),
    begin: worker => begin(primary, worker),
    all: new Set(),
    isStopping: false,
    stop: new AbortController(),
    failures: 0,
    replaced: 0,
    ended: worker => keepCounts(counting, worker),
    giveUp: gaveUp.resolve,
  }
  const task = { settings, config, source, descriptors: descriptorsInWorker(listeners) }
  const primary: Primary = {
    workers,
    task,
    counting,
    log,
    readNext,
    lastReload: Promise.resolve(),
    patience: 30_000,
    notices: [],
    gaveUp,
  }
  // None outlives this process, however it ends.
  process.once('exit', () => {
    for (const worker of workers.all) worker.process.kill('SIGKILL')
  })
  return primary
}

function startAnswered(primary: Primary, start: Parameters<typeof startWorker>[1]): Worker {
  const { workers } = primary
  const worker: Worker = startWorker(
    {
      reload: () => reloadAll(primary),
      scrape: () => scrapeAll(primary.counting, readyOnes(workers)),
      healthAsked: () => {
        for (const other of readyOnes(workers))
          if (other !== worker) void other.channel.ask('healthAsked', undefined).catch(() => {})
      },
      stopping: () => {
        noteStopping(workers, worker)
        return { isAlone: !workers.isStopping }
      },
    },
    start,
  )
  return worker
}

/** Settles when the worker serves what is served now, which a reload may have replaced while it started. */
async function begin(primary: Primary, worker: Worker): Promise<void> {
  let { task } = primary
  const notices = await worker.channel.ask('serve', task)
  if (primary.workers.all.size === 1) primary.notices = notices
  while (task !== primary.task) {
    task = primary.task
    const { config, settings } = task
    await orEnd(primary, worker, () => serveLate(worker, { config, needRestart: [], logLevel: settings.logLevel }))
  }
  // In the step in which it was seen to be alike: a reload that begins now asks it, too.
  worker.isReady = true
}
