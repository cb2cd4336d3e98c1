import { SourceFailure } from '../../object-source.ts'
import { type ModuleProcess, ProcessEnded, startModuleProcess } from './module-process.ts'

const most = 4
const idleMs = 30_000

/**
 * At most four processes, started when they are needed, each with one question at a time; one that is not asked for 30 s
 * ends. A question takes the first process that is free, whether it was started for it or not.
 */
export function createProcessPool() {
  const all = new Set<ModuleProcess>()
  const idle: { process: ModuleProcess; timer: NodeJS.Timeout }[] = []
  const waiting: PromiseWithResolvers<ModuleProcess>[] = []
  let isClosed = false

  function start(): void {
    let isReady = false
    const process = startModuleProcess({
      ready() {
        isReady = true
        offer(process)
      },
      ended() {
        all.delete(process)
        // One that cannot even start would be followed by another such one.
        if (!isReady) waiting.shift()?.reject(new ProcessEnded('it ended at its start'))
        else if (waiting.length > 0 && !isClosed) start()
      },
    })
    all.add(process)
  }

  /** Hands a free process to the next question, or keeps it for a while. */
  function offer(process: ModuleProcess): void {
    if (!process.isAlive()) return
    const next = waiting.shift()
    if (next) next.resolve(process)
    else idle.push({ process, timer: setTimeout(() => takeIdle(process)?.end(), idleMs).unref() })
  }

  /** Takes a process, this one or the last one kept, from those that wait. */
  function takeIdle(process?: ModuleProcess): ModuleProcess | undefined {
    const place = process ? idle.findIndex(one => one.process === process) : idle.length - 1
    const [kept] = place < 0 ? [] : idle.splice(place, 1)
    clearTimeout(kept?.timer)
    return kept?.process
  }

  /** The first process that is free. Throws SourceFailure where none is until `signal` is aborted, and ProcessEnded. */
  async function take(signal: AbortSignal): Promise<ModuleProcess> {
    for (let kept = takeIdle(); kept; kept = takeIdle()) if (kept.isAlive()) return kept
    if (all.size < most) start()
    const turn = Promise.withResolvers<ModuleProcess>()
    waiting.push(turn)
    const giveUp = () => {
      const place = waiting.indexOf(turn)
      if (place >= 0) waiting.splice(place, 1)
      turn.reject(new SourceFailure('away', 'no process was free in time'))
    }
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      return await turn.promise
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  return {
    async use<T>(signal: AbortSignal, work: (process: ModuleProcess) => Promise<T>): Promise<T> {
      if (isClosed || signal.aborted) throw new SourceFailure('away', 'nobody is asked any more')
      const process = await take(signal)
      try {
        return await work(process)
      } finally {
        offer(process)
      }
    },
    close(): void {
      isClosed = true
      for (const process of all) process.end()
      for (const { timer } of idle) clearTimeout(timer)
    },
  }
}
