// A thread that ticks in time: `setTimeout` knows only whole milliseconds, and polling the clock without a pause would
// take a core from the program that is measured.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

type Beat = { start: number; period: number; stopped: SharedArrayBuffer }

/** Calls `onTick` every `period` milliseconds from `start` on (`clock()`), until it is stopped. */
export function startMetronome(start: number, period: number, onTick: () => void): () => void {
  const stopped = new SharedArrayBuffer(4)
  const worker = new Worker(new URL(import.meta.url), { workerData: { start, period, stopped } satisfies Beat })
  worker.on('message', onTick)
  return () => {
    const flag = new Int32Array(stopped)
    Atomics.store(flag, 0, 1)
    Atomics.notify(flag, 0)
  }
}

/** Milliseconds of the machine's clock, the same in every thread (`performance.now()` is not). */
export const clock = (): number => Number(process.hrtime.bigint()) / 1e6

if (!isMainThread) {
  const { start, period, stopped } = workerData as Beat
  const flag = new Int32Array(stopped)
  for (let tick = start; Atomics.load(flag, 0) === 0; tick += period) {
    const wait = tick - clock()
    if (wait > 0) Atomics.wait(flag, 0, 0, wait)
    parentPort?.postMessage(0, [])
  }
}
