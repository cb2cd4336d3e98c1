import type { Metric, metrics } from './catalogue.ts'
import type { Sample, Samples } from './exposition.ts'

type Name = (typeof metrics)[number]['name']

/** How the gauges of several workers become one; of the others the largest counts. What is counted up is added up. */
const gauges: Partial<Record<string, 'sum' | 'least'>> = {
  tracker_links_calls_in_flight: 'sum',
  tracker_links_cards_in_memory: 'sum',
  tracker_links_card_memory_bytes: 'sum',
  tracker_links_database_connections: 'sum',
  tracker_links_database_connections_max: 'sum',
  tracker_links_database_waiting: 'sum',
  tracker_links_scrape_database_up: 'least',
  tracker_links_workers: 'sum',
  process_resident_memory_bytes: 'sum',
  process_start_time_seconds: 'least',
  tracker_links_heap_used_bytes: 'sum',
} satisfies Partial<Record<Name, 'sum' | 'least'>>

/**
 * What several workers say, as of one server: a series for each that one of them has, so there are no more of them than of one
 * worker. `ended`: of workers that are no more. Only what they counted is left of them, and only in series that others still have.
 */
export function mergeSamples(workers: readonly Samples[], ended: Samples = []): Samples {
  const [first = []] = workers
  return first.map(({ metric }, place) => {
    const merged = new Map<string, Sample>()
    for (const worker of workers) for (const sample of worker[place]?.samples ?? []) add(merged, metric, sample)
    if (metric.type !== 'gauge')
      for (const sample of ended[place]?.samples ?? []) if (merged.has(keyOf(sample))) add(merged, metric, sample)
    return { metric, samples: [...merged.values()] }
  })
}

const keyOf = ({ labels, suffix = '' }: Sample) => `${suffix}${JSON.stringify(labels)}`

function add(merged: Map<string, Sample>, metric: Metric, sample: Sample): void {
  const key = keyOf(sample)
  const former = merged.get(key)
  merged.set(key, former === undefined ? sample : { ...sample, value: together(metric, former.value, sample.value) })
}

function together({ type, name }: Metric, one: number, other: number): number {
  const how = type === 'gauge' ? gauges[name] : 'sum'
  if (how === 'sum') return one + other
  return how === 'least' ? Math.min(one, other) : Math.max(one, other)
}
