import { SourceFailure } from '../object-source.ts'
import { type ModuleProcess, startModuleProcess } from './module-process.ts'

const most = 4
const idleMs = 30_000

/**
 * At most four processes, started when they are needed, each with one question at a time; one that is not asked for 30 s
 * ends. Further questions wait for a process.
 */
export function createProcessPool() {
  const idle: { process: ModuleProcess; timer: NodeJS.Timeout }[] = []
  const busy = new Set<ModuleProcess>()
  const waiting: (() => void)[] = []
  let isClosed = false

  function takeOne(): ModuleProcess {
    const kept = idle.pop()
    clearTimeout(kept?.timer)
    const process = kept?.process.isAlive() ? kept.process : startModuleProcess()
    busy.add(process)
    return process
  }

  function giveBack(process: ModuleProcess): void {
    busy.delete(process)
    if (isClosed) process.end()
    else if (process.isAlive()) {
      const timer = setTimeout(() => {
        idle.splice(
          idle.findIndex(one => one.process === process),
          1,
        )
        process.end()
      }, idleMs).unref()
      idle.push({ process, timer })
    }
    waiting.shift()?.()
  }

  /** Waits until one was given back. Throws SourceFailure where that takes until `signal` is aborted. */
  async function turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.push(resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
    await promise
    if (!signal.aborted) return
    const place = waiting.indexOf(resolve)
    if (place >= 0) waiting.splice(place, 1)
    // The turn that was offered is the next one's.
    else waiting.shift()?.()
    throw new SourceFailure('away', 'no process was free in time')
  }

  return {
    async use<T>(signal: AbortSignal, work: (process: ModuleProcess) => Promise<T>): Promise<T> {
      if (isClosed) throw new SourceFailure('away', 'the source is closed')
      // Nothing may come between the look and the taking: another question would take the same place.
      while (busy.size >= most) await turn(signal)
      const process = takeOne()
      try {
        return await work(process)
      } finally {
        giveBack(process)
      }
    },
    close(): void {
      isClosed = true
      for (const { process, timer } of idle) {
        clearTimeout(timer)
        process.end()
      }
      idle.length = 0
      for (const process of busy) process.end()
    },
  }
}
