import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds between two looks of Node at its event loop, which it reports as part of each delay. */
const resolution = 20

export type EventLoopWatch = ReturnType<typeof monitorEventLoopDelay>

/** Watches how late the event loop is; `disable()` ends it. Its timer keeps no process alive. */
export function watchEventLoop(): EventLoopWatch {
  const watch = monitorEventLoopDelay({ resolution })
  watch.enable()
  return watch
}

const lag = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolution / 1_000)

/** What the process is doing, by name of metric. Begins a new stretch for the event loop. */
export function readProcess(watch: EventLoopWatch) {
  // Without a look since the scrape before there is nothing to tell.
  const delays =
    watch.count === 0
      ? { p50: 0, p99: 0, max: 0 }
      : { p50: watch.percentile(50), p99: watch.percentile(99), max: watch.max }
  watch.reset()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  return {
    eventLoopLag: { median: lag(delays.p50), p99: lag(delays.p99), max: lag(delays.max) },
    cpuSeconds: (user + system) / 1e6,
    residentBytes: rss,
    heapUsedBytes: heapUsed,
    startedAt: performance.timeOrigin / 1_000,
  }
}
