import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../../logging/logger.ts'
import { endOf, type Worker } from './start-worker.ts'
import type { Standing } from './words.ts'

/** The workers of a server, of which there are so many as are wanted: one that ends is replaced. */
export type Workers = {
  wanted: number
  log: Logger
  start: () => Worker
  /** What each is asked to serve at its start; settles when it does, and is ready. */
  begin: (worker: Worker) => Promise<unknown>
  all: Set<Worker>
  isStopping: boolean
  /** Aborted when all stop. */
  stop: AbortController
  /** Starts in a row that came to nothing, or to a worker that ended at once. */
  failures: number
  /** How many were replaced. */
  replaced: number
  /** What a worker counted is kept when it ends. */
  ended: (worker: Worker) => void
  /** None is left, and none can be started. */
  giveUp: (code: number) => void
}

/** Milliseconds for which a worker has to answer so that its end counts as an accident, and not as one of a failing start. */
const soundAfter = 1_000
/** Milliseconds before the next start after a failing one: doubled in each round. */
const pauses = { shortest: 100, longest: 10_000 }
/** Rounds of failing starts after which a server without workers ends; in one each worker fails once. */
const mostRounds = 5

const roundsOf = ({ failures, wanted }: Workers) => Math.ceil(failures / wanted)

/** Starts the first, alone: if it can't serve, none can. Returns undefined, or the exit code of the worker that failed. */
export async function startFirst(workers: Workers): Promise<number | undefined> {
  const worker = workers.start()
  workers.all.add(worker)
  const outcome = await Promise.race([begin(workers, worker), endOf(worker)])
  if (outcome === 'ready') {
    void watch(workers, worker)
    return undefined
  }
  workers.all.delete(worker)
  // One that ends by itself has said why.
  if (typeof outcome === 'string') workers.log.fatal({ end: outcome }, 'the first worker ended before it answered')
  return codeOf(outcome)
}

/** The exit code of a program whose worker ended so. */
const codeOf = (end: number | string | undefined) => (typeof end === 'number' && end !== 0 ? end : 1)

/** Starts the others. Settles when all answer, or have failed and are tried again. */
export async function startOthers(workers: Workers): Promise<void> {
  const missing = workers.wanted - workers.all.size
  await Promise.all(Array.from({ length: missing }, () => startOne(workers)))
}

async function startOne(workers: Workers): Promise<void> {
  const worker = startIfPossible(workers)
  if (worker === undefined) return startAgain(workers, { wasSound: false, end: 1 })
  workers.all.add(worker)
  void watch(workers, worker)
  await begin(workers, worker)
}

/** Undefined if the system gives no process at the moment. */
function startIfPossible({ start, log }: Workers): Worker | undefined {
  try {
    return start()
  } catch (error) {
    log.error({ err: error }, 'a worker could not be started')
    return undefined
  }
}

async function begin(workers: Workers, worker: Worker): Promise<'ready' | undefined> {
  try {
    await workers.begin(worker)
  } catch {
    // It ends, and says why itself.
    await endOf(worker)
    return undefined
  }
  worker.readyAt = performance.now()
  tellStanding(workers)
  return 'ready'
}

async function watch(workers: Workers, worker: Worker): Promise<void> {
  const end = await endOf(worker)
  workers.all.delete(worker)
  workers.ended(worker)
  if (workers.isStopping || worker.isStopping) return
  workers.log.error({ worker: worker.process.pid, end }, 'a worker ended; another takes its place')
  await replace(workers, worker, end)
}

/** A worker says that it stops: another is started while it answers its last calls. */
export function noteStopping(workers: Workers, worker: Worker): void {
  if (worker.isStopping) return
  worker.isStopping = true
  if (workers.isStopping) return
  workers.log.warn({ worker: worker.process.pid }, 'a worker is stopping; another takes its place')
  void replace(workers, worker, 0)
}

async function replace(workers: Workers, former: Worker, end: number | string): Promise<void> {
  const wasSound = former.isReady && performance.now() - former.readyAt > soundAfter
  former.isReady = false
  await startAgain(workers, { wasSound, end })
}

async function startAgain(
  workers: Workers,
  { wasSound, end }: { wasSound: boolean; end: number | string },
): Promise<void> {
  workers.failures = wasSound ? 0 : workers.failures + 1
  tellStanding(workers)
  if (workers.failures >= mostRounds * workers.wanted && !readyOnes(workers).some(Boolean)) {
    workers.log.fatal({ end }, `no worker answers, and ${workers.failures} in a row could not be started`)
    return workers.giveUp(codeOf(end))
  }
  if (workers.failures > 0) await pauseAfter(workers)
  if (workers.isStopping) return
  workers.replaced++
  await startOne(workers)
}

/** A stop ends the pause. It keeps the process alive, which may have nothing else to do while no worker runs. */
async function pauseAfter(workers: Workers): Promise<void> {
  const { stop } = workers
  const pause = Math.min(pauses.shortest * 2 ** (roundsOf(workers) - 1), pauses.longest)
  await sleep(pause, undefined, { signal: stop.signal }).catch(() => {})
}

/** Tells the workers to answer their last calls, and waits until all have ended. */
export async function stopAll(workers: Workers, drainSeconds: number | undefined): Promise<void> {
  workers.isStopping = true
  workers.stop.abort()
  const all = [...workers.all]
  // One that is stopping already does so by itself: another signal would cut its calls.
  for (const { isReady, isStopping, channel, process } of all)
    if (isStopping) continue
    else if (isReady) void channel.ask('stop', drainSeconds).catch(() => {})
    else process.kill('SIGTERM')
  await Promise.all(all.map(endOf))
}

export const readyOnes = ({ all }: Workers): Worker[] => [...all].filter(worker => worker.isReady && !worker.isStopping)

/** Each says so when it is asked for the health. */
function tellStanding(workers: Workers): void {
  const ready = readyOnes(workers)
  const standing: Standing = { ready: ready.length, wanted: workers.wanted }
  for (const { channel } of ready) void channel.ask('standing', standing).catch(() => {})
}
