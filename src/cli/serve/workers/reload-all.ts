import { Problem } from '../../../errors/problem.ts'
import type { Logger } from '../../../logging/logger.ts'
import type { Reloaded } from '../../../management-api/reload.ts'
import { tellReload } from '../../../serving.ts'
import type { readNext } from '../reload-server.ts'
import { ProcessGone } from './channel.ts'
import { readyOnes, type Workers } from './keep-workers.ts'
import type { Worker } from './start-worker.ts'
import type { Task } from './words.ts'

export type Next = ReturnType<typeof readNext>

export type Reloading = {
  workers: Workers
  /** What a worker is asked to serve. A reload replaces it. */
  task: Task
  log: Logger
  readNext: () => Next
  /** One reload at a time: the next begins when this has settled. */
  lastReload: Promise<unknown>
}

/** Reads the configuration, and lets all workers serve it or none. Throws what makes it impossible; then nothing changed. */
export function reloadAll(primary: Reloading): Promise<Reloaded> {
  const work = primary.lastReload.then(() => reloadTogether(primary, primary.readNext()))
  primary.lastReload = work.catch(() => {})
  return work
}

async function reloadTogether(primary: Reloading, next: Next): Promise<Reloaded> {
  const workers = readyOnes(primary.workers)
  await prepareAll(workers, next)
  const { task, log } = primary
  // From now on a worker that is started serves it, too.
  primary.task = { ...task, config: next.config, settings: { ...task.settings, logLevel: next.logLevel } }
  const served = await Promise.allSettled(workers.map(({ channel }) => channel.ask('serveNext', undefined)))
  const reloaded = served.find(outcome => outcome.status === 'fulfilled')?.value
  if (reloaded === undefined)
    throw new Problem(
      'nothing-to-reload',
      'No worker answers at the moment. The next one serves the configuration of now.',
    )
  log.level = next.logLevel
  tellReload(log, reloaded)
  return reloaded
}

/** A worker that has just ended is none that refuses: the one in its place is given the next configuration. */
async function prepareAll(workers: readonly Worker[], next: Next): Promise<void> {
  const outcomes = await Promise.allSettled(workers.map(({ channel }) => channel.ask('prepare', next)))
  const refused = outcomes.find(outcome => outcome.status === 'rejected' && !(outcome.reason instanceof ProcessGone))
  if (refused?.status !== 'rejected') return
  await Promise.allSettled(workers.map(({ channel }) => channel.ask('forgetNext', undefined)))
  throw refused.reason
}
