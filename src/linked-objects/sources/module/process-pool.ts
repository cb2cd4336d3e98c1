import { SourceFailure } from '../../object-source.ts'
import { endProcess, type ModuleProcess, ProcessEnded, startModuleProcess } from './module-process.ts'

const most = 4
const idleMs = 30_000

/** At most four processes, started when they are needed, each with one question at a time; one that is idle for 30 s ends. */
export type ProcessPool = {
  all: Set<ModuleProcess>
  idle: { process: ModuleProcess; timer: NodeJS.Timeout }[]
  /** Questions that wait for a free process, whether it was started for them or not. */
  waiting: PromiseWithResolvers<ModuleProcess>[]
  isClosed: boolean
}

export const createProcessPool = (): ProcessPool => ({ all: new Set(), idle: [], waiting: [], isClosed: false })

export async function useProcess<T>(
  pool: ProcessPool,
  signal: AbortSignal,
  work: (process: ModuleProcess) => Promise<T>,
): Promise<T> {
  if (pool.isClosed || signal.aborted) throw new SourceFailure('slow', 'the question was given up before it was asked')
  const process = await take(pool, signal)
  try {
    return await work(process)
  } finally {
    offer(pool, process)
  }
}

export function closePool(pool: ProcessPool): void {
  pool.isClosed = true
  for (const process of pool.all) endProcess(process, 'it was ended')
  for (const { timer } of pool.idle) clearTimeout(timer)
}

function start(pool: ProcessPool): void {
  let isReady = false
  const process = startModuleProcess({
    ready() {
      isReady = true
      offer(pool, process)
    },
    ended() {
      pool.all.delete(process)
      // If one cannot even start, another would not either.
      if (!isReady) pool.waiting.shift()?.reject(new ProcessEnded('it ended at its start'))
      else if (pool.waiting.length > 0 && !pool.isClosed) start(pool)
    },
  })
  pool.all.add(process)
}

/** Hands a free process to the next question, or keeps it for a while. */
function offer(pool: ProcessPool, process: ModuleProcess): void {
  if (!process.isAlive) return
  const next = pool.waiting.shift()
  if (next) next.resolve(process)
  else {
    const endIdle = () => takeIdle(pool, process) && endProcess(process, 'it was idle')
    pool.idle.push({ process, timer: setTimeout(endIdle, idleMs).unref() })
  }
}

/** Takes an idle process: this one, or the one that became idle last. */
function takeIdle({ idle }: ProcessPool, process?: ModuleProcess): ModuleProcess | undefined {
  const place = process ? idle.findIndex(one => one.process === process) : idle.length - 1
  const [kept] = place < 0 ? [] : idle.splice(place, 1)
  clearTimeout(kept?.timer)
  return kept?.process
}

/** The first process that is free. Throws SourceFailure if none is before `signal` is aborted, and ProcessEnded. */
async function take(pool: ProcessPool, signal: AbortSignal): Promise<ModuleProcess> {
  for (let kept = takeIdle(pool); kept; kept = takeIdle(pool)) if (kept.isAlive) return kept
  if (pool.all.size < most) start(pool)
  const turn = Promise.withResolvers<ModuleProcess>()
  pool.waiting.push(turn)
  const giveUp = () => {
    const place = pool.waiting.indexOf(turn)
    if (place >= 0) pool.waiting.splice(place, 1)
    turn.reject(new SourceFailure('slow', 'no process was free in time'))
  }
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await turn.promise
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
