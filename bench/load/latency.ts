import { createHistogram } from 'node:perf_hooks'
import type { Latency } from './job.ts'

/** Collects times in milliseconds, to three digits. */
export function latencyRecorder() {
  const histogram = createHistogram({ lowest: 1, highest: 120_000_000, figures: 3 })
  return {
    record: (milliseconds: number) => histogram.record(Math.max(1, Math.round(milliseconds * 1_000))),
    count: () => histogram.count,
    latency: (): Latency => ({
      mean: histogram.count > 0 ? histogram.mean / 1_000 : 0,
      p50: histogram.percentile(50) / 1_000,
      p99: histogram.percentile(99) / 1_000,
      p999: histogram.percentile(99.9) / 1_000,
      max: histogram.count > 0 ? histogram.max / 1_000 : 0,
    }),
  }
}
