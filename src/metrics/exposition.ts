import type { Metric } from './catalogue.ts'

/** A value, and the labels that tell it from others of its metric. `suffix`: which part of a histogram it is. */
export type Sample = { labels: Record<string, string | number>; value: number; suffix?: string }

/** What a scrape says: the samples of each metric; one without samples is left out. */
export type Samples = readonly { metric: Metric; samples: readonly Sample[] }[]

export type Format = 'openMetrics' | 'text'

/**
 * Writes samples in a format of Prometheus. The library is loaded by the first scrape: a server that nobody scrapes pays nothing for it.
 * Its metrics count for themselves; ours bring numbers that were counted without it, and let it write them.
 */
export async function writeSamples(all: Samples, format: Format): Promise<{ type: string; text: string }> {
  const { Gauge, Registry, openMetricsContentType, prometheusContentType } = await import('@prometheus-io/client')
  const type = format === 'openMetrics' ? openMetricsContentType : prometheusContentType
  const registry = new Registry()
  registry.setContentType(type)
  class Counted extends Gauge<string> {
    readonly #counted: Samples[number]
    constructor(counted: Samples[number]) {
      super({ name: counted.metric.name, help: counted.metric.help, registers: [] })
      this.#counted = counted
    }
    override async get() {
      const { metric, samples } = this.#counted
      // For a counter the library adds `_total` to each line of OpenMetrics, and the metric itself is named without it.
      const isBare = format === 'openMetrics' && metric.type === 'counter'
      const name = isBare ? metric.name.replace(/_total$/, '') : metric.name
      const values = samples.map(({ labels, value, suffix }) => ({
        labels,
        value,
        ...(suffix !== undefined && { metricName: `${name}${suffix}` }),
      }))
      return { ...(await super.get()), name, help: metric.help, type: metric.type as never, values }
    }
  }
  for (const counted of all) if (counted.samples.length > 0) registry.registerMetric(new Counted(counted))
  return { type, text: await registry.metrics() }
}
