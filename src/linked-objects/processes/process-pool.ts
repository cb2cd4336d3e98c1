import { SourceFailure } from '../object-source.ts'
import { type AskedProcess, endProcess, ProcessEnded, type Program, startProcess } from './asked-process.ts'

export type PoolRules = {
  program: Program
  /** Processes in all. */
  most: number
  /** Processes that one user of the pool has at a time: what hangs for one leaves the others to the rest. */
  mostEach: number
  /** Milliseconds after which an idle process ends, if more than `kept` are there. */
  idleMs: number
  kept: number
}

/** Who waits for a process. */
type Waiting = { user: string; turn: PromiseWithResolvers<AskedProcess> }

/** Processes, started when they are needed, each with one question at a time. */
export type ProcessPool = {
  rules: PoolRules
  all: Set<AskedProcess>
  /** How many of them have not said yet that they are ready. */
  starting: number
  idle: { process: AskedProcess; timer: NodeJS.Timeout }[]
  waiting: Waiting[]
  /** How many processes each user has. */
  used: Map<string, number>
  isClosed: boolean
}

export const createProcessPool = (rules: PoolRules): ProcessPool => ({
  rules,
  all: new Set(),
  starting: 0,
  idle: [],
  waiting: [],
  used: new Map(),
  isClosed: false,
})

/** Work with a process of its own. Throws SourceFailure if none is free before `signal` is aborted, and ProcessEnded. */
export async function useProcess<T>(
  pool: ProcessPool,
  user: string,
  signal: AbortSignal,
  work: (process: AskedProcess) => Promise<T>,
): Promise<T> {
  if (pool.isClosed || signal.aborted) throw new SourceFailure('slow', 'the question was given up before it was asked')
  const process = await take(pool, user, signal)
  try {
    return await work(process)
  } finally {
    countUse(pool, user, -1)
    if (process.isAlive) keepIdle(pool, process)
    serve(pool)
  }
}

/** Starts a process for the first question, if there is none. */
export function warmPool(pool: ProcessPool): void {
  if (pool.all.size === 0) start(pool)
}

export function closePool(pool: ProcessPool): void {
  pool.isClosed = true
  for (const process of pool.all) endProcess(process, 'it was ended')
}

async function take(pool: ProcessPool, user: string, signal: AbortSignal): Promise<AskedProcess> {
  const one: Waiting = { user, turn: Promise.withResolvers() }
  pool.waiting.push(one)
  const giveUp = () => {
    const place = pool.waiting.indexOf(one)
    if (place < 0) return
    pool.waiting.splice(place, 1)
    one.turn.reject(new SourceFailure('slow', 'no process was free in time'))
  }
  signal.addEventListener('abort', giveUp, { once: true })
  serve(pool)
  try {
    return await one.turn.promise
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** Hands idle processes to those who wait, in their order, and starts what is missing. */
function serve(pool: ProcessPool): void {
  const { rules, waiting, used } = pool
  const mayHave = ({ user }: Waiting) => (used.get(user) ?? 0) < rules.mostEach
  for (let place = waiting.findIndex(mayHave); place >= 0; place = waiting.findIndex(mayHave)) {
    const process = takeIdle(pool)
    if (!process) break
    const [one] = waiting.splice(place, 1)
    if (!one) break
    countUse(pool, one.user, 1)
    one.turn.resolve(process)
  }
  const unserved = waiting.filter(mayHave).length
  while (!pool.isClosed && pool.all.size < rules.most && pool.starting < unserved) start(pool)
}

function start(pool: ProcessPool): void {
  let isReady = false
  const noteStart = () => {
    if (!isReady) pool.starting--
    isReady = true
  }
  const process = startProcess(pool.rules.program, {
    ready() {
      noteStart()
      keepIdle(pool, process)
      serve(pool)
    },
    ended() {
      pool.all.delete(process)
      takeIdle(pool, process)
      // If one cannot even start, another would not either.
      if (!isReady) pool.waiting.shift()?.turn.reject(new ProcessEnded('it ended at its start'))
      noteStart()
      serve(pool)
    },
  })
  pool.all.add(process)
  pool.starting++
}

function keepIdle(pool: ProcessPool, process: AskedProcess): void {
  const endIdle = () => {
    if (pool.all.size > pool.rules.kept && takeIdle(pool, process)) endProcess(process, 'it was idle')
  }
  pool.idle.push({ process, timer: setTimeout(endIdle, pool.rules.idleMs).unref() })
}

/** Takes an idle process: this one, or the one that became idle last. */
function takeIdle({ idle }: ProcessPool, process?: AskedProcess): AskedProcess | undefined {
  const place = process ? idle.findIndex(one => one.process === process) : idle.length - 1
  const [kept] = place < 0 ? [] : idle.splice(place, 1)
  clearTimeout(kept?.timer)
  return kept?.process
}

function countUse({ used }: ProcessPool, user: string, by: number): void {
  const count = (used.get(user) ?? 0) + by
  if (count > 0) used.set(user, count)
  else used.delete(user)
}
