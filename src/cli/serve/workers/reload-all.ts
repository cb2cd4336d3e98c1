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
  /** Milliseconds that a worker has to answer. */
  patience: number
}

/** Reads the configuration, and lets all workers serve it or none. Throws what makes it impossible; then nothing changed. */
export function reloadAll(primary: Reloading): Promise<Reloaded> {
  const work = primary.lastReload.then(() => reloadTogether(primary, primary.readNext()))
  primary.lastReload = work.catch(() => {})
  return work
}

async function reloadTogether(primary: Reloading, next: Next): Promise<Reloaded> {
  const { task, log } = primary
  const first = readyOnes(primary.workers)
  await prepareAll(primary, first, next)
  // From now on a worker that is started serves it, too.
  primary.task = { ...task, config: next.config, settings: { ...task.settings, logLevel: next.logLevel } }
  // One that has become ready meanwhile serves what it was started with.
  const late = readyOnes(primary.workers).filter(worker => !first.includes(worker))
  const served = await Promise.allSettled([
    ...first.map(worker => orEnd(primary, worker, () => worker.channel.ask('serveNext', undefined))),
    ...late.map(worker => orEnd(primary, worker, () => serveLate(worker, next))),
  ])
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
async function prepareAll(primary: Reloading, workers: readonly Worker[], next: Next): Promise<void> {
  const ask = (name: 'prepare' | 'forgetNext', value: Next | undefined) =>
    Promise.allSettled(
      workers.map(worker => endIfSilent(primary, worker, () => worker.channel.ask(name, value as never))),
    )
  const outcomes = await ask('prepare', next)
  const refused = outcomes.find(outcome => outcome.status === 'rejected' && !(outcome.reason instanceof ProcessGone))
  if (refused?.status !== 'rejected') return
  await ask('forgetNext', undefined)
  throw refused.reason
}

/** A worker alone takes the configuration that the others serve. */
export async function serveLate({ channel }: Worker, next: Next): Promise<Reloaded> {
  await channel.ask('prepare', next)
  return channel.ask('serveNext', undefined)
}

/** Ends a worker that cannot do what the others have done, or hangs: the one in its place serves what they serve. */
export async function orEnd<T>(primary: Reloading, worker: Worker, ask: () => Promise<T>): Promise<T> {
  try {
    return await endIfSilent(primary, worker, ask)
  } catch (error) {
    if (!(error instanceof ProcessGone)) end(primary, worker, 'a worker fell behind a reload, and is ended')
    throw error
  }
}

/** Ends a worker that hangs: nobody could reload any more. */
async function endIfSilent<T>(primary: Reloading, worker: Worker, ask: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => end(primary, worker, 'a worker does not answer, and is ended'), primary.patience)
  return ask().finally(() => clearTimeout(timer))
}

function end({ log }: Reloading, worker: Worker, what: string): void {
  log.error({ worker: worker.process.pid }, `${what}; another takes its place`)
  worker.process.kill('SIGKILL')
}
