import { setTimeout as sleep } from 'node:timers/promises'
import { type Metric, metrics } from '../../../metrics/catalogue.ts'
import type { Samples } from '../../../metrics/exposition.ts'
import { mergeSamples } from '../../../metrics/merge-samples.ts'
import type { Worker } from './start-worker.ts'

/** What workers counted. A scrape adds it up, so that a collector sees one server, whichever worker it asks. */
export type Counting = {
  /** Of workers that have ended, added up: counters never go back. What one counted after its last scrape is lost with it. */
  ended: Samples
  /** The last of each that runs. */
  last: Map<Worker, Samples>
  restarts: () => number
}

/** Milliseconds that a worker gets: of one that is stuck the former numbers count. */
const patience = 2_000

export async function scrapeAll(counting: Counting, workers: readonly Worker[]): Promise<Samples> {
  const asked = workers.map(async worker => {
    const late = sleep(patience, undefined, { ref: false })
    const samples = await Promise.race([worker.channel.ask('scrape', undefined).catch(() => undefined), late])
    // What one counted that has ended is kept already.
    const { exitCode, signalCode } = worker.process
    if (samples !== undefined && exitCode === null && signalCode === null) counting.last.set(worker, samples)
  })
  await Promise.all(asked)
  return mergeSamples([...counting.last.values(), ownSamples(counting)], counting.ended)
}

/** A worker has ended: its counts stay. */
export function keepCounts(counting: Counting, worker: Worker): void {
  const last = counting.last.get(worker)
  counting.last.delete(worker)
  if (last !== undefined) counting.ended = counting.ended.length === 0 ? last : mergeSamples([counting.ended, last])
}

/** What the process of the primary takes, which is part of the server. */
function ownSamples({ restarts }: Counting): Samples {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  const own: Record<string, number> = {
    process_cpu_seconds_total: (user + system) / 1e6,
    process_resident_memory_bytes: rss,
    process_start_time_seconds: performance.timeOrigin / 1_000,
    tracker_links_heap_used_bytes: heapUsed,
    tracker_links_worker_restarts_total: restarts(),
  }
  return metrics.map((metric: Metric) => {
    const value = own[metric.name]
    return { metric, samples: value === undefined ? [] : [{ labels: {}, value }] }
  })
}
