import { readFileSync } from 'node:fs'
import {
  type ApplicationCounts,
  bounds,
  type CallCounts,
  calls,
  cellOf,
  classes,
  countsOf,
  type Latency,
  latencyOf,
  sources,
} from './call-counts.ts'
import { type Metric, metrics } from './catalogue.ts'
import type { Sample, Samples } from './exposition.ts'
import type { Lately } from './lately.ts'
import type { readProcess } from './process-readings.ts'

export type BreakerState = 'closed' | 'halfOpen' | 'open'
export type PoolUse = { pool: string; most: number; open: number; idle: number; waiting: number }

/** How the mirror of an application and its follower stand, see storage/mirror/mirror-standing.ts. */
type Standing = {
  applicationId: string
  waiting: number
  oldestSeconds: number
  stops: number
  lagEvents: number | null
  lagSeconds: number | null
}

/** What a scrape writes, as numbers. Series are those of the applications that are served now. */
export type Readings = {
  counts: CallCounts
  applicationIds: readonly string[]
  /** Of those whose cards come from a source. */
  breakers: ReadonlyMap<string, BreakerState>
  memory: { cards: number; bytes: number }
  inFlight: { changes: number; cards: number }
  pools: readonly PoolUse[]
  database: Lately<readonly Standing[]>
  follower: string
  process: ReturnType<typeof readProcess>
  replica: string
}

type Name = (typeof metrics)[number]['name']

/** The label of calls to addresses of no application, and of triggers. No id of an application begins so. */
const noApplication = '_none'

export function samplesOf(readings: Readings): Samples {
  const found = {
    ...callSamples(readings),
    ...sourceSamples(readings),
    ...databaseSamples(readings),
    ...mirrorSamples(readings),
    ...processSamples(readings),
  } satisfies Record<Name, Sample[]> as Record<string, Sample[]>
  return metrics.map((metric: Metric) => ({ metric, samples: found[metric.name] ?? [] }))
}

const one = (value: number, labels: Sample['labels'] = {}): Sample => ({ labels, value })

function callSamples({ counts, applicationIds, inFlight, memory }: Readings) {
  const others = (call: string, cells: Float64Array) =>
    classes.map((status, n) => one(cells[n] as number, { application: noApplication, call, status, source: '' }))
  return {
    tracker_links_calls_total: [
      ...applicationIds.flatMap(application => ownCalls(application, countsOf(counts, application))),
      ...others('unknown', counts.unknown),
      ...others('trigger', counts.triggers),
    ],
    tracker_links_call_duration_seconds: calls.flatMap((call, number) =>
      sources.flatMap((source, from) =>
        isPossible(call, source)
          ? latencySamples({ call, source }, counts.latencies[latencyOf(number, from)] as Latency)
          : [],
      ),
    ),
    tracker_links_cards_not_modified_total: [one(counts.notModified)],
    tracker_links_calls_in_flight: [one(inFlight.changes, { kind: 'changes' }), one(inFlight.cards, { kind: 'cards' })],
    tracker_links_cards_in_memory: [one(memory.cards)],
    tracker_links_card_memory_bytes: [one(memory.bytes)],
  }
}

/** A card has a source, and nothing else has. */
const isPossible = (call: string, source: string) => call === 'entityInfo' || source === ''

/** Twelve series: what cannot be is left out, as a link with a source, or a refused card with one. */
function ownCalls(application: string, { calls: cells }: ApplicationCounts): Sample[] {
  return calls.flatMap((call, number) =>
    classes.flatMap((status, of) =>
      sources.flatMap((source, from) =>
        (source !== '') === (call === 'entityInfo' && status === '2xx')
          ? one(cells[cellOf(number, of, from)] as number, { application, call, status, source })
          : [],
      ),
    ),
  )
}

function latencySamples(labels: Sample['labels'], { buckets, seconds }: Latency): Sample[] {
  let count = 0
  const upTo = Array.from(buckets, (calls, place): Sample => {
    count += calls
    return { labels: { ...labels, le: bounds[place] ?? '+Inf' }, value: count, suffix: '_bucket' }
  })
  return [...upTo, { labels, value: seconds, suffix: '_sum' }, { labels, value: count, suffix: '_count' }]
}

const breakerNumbers: Record<BreakerState, number> = { closed: 0, halfOpen: 1, open: 2 }

function sourceSamples({ counts, breakers }: Readings) {
  const own = Array.from(breakers, ([application, state]) => ({
    application,
    state,
    ...countsOf(counts, application).source,
  }))
  return {
    tracker_links_source_answers_total: own.flatMap(({ application, answered, failed }) => [
      one(answered, { application, result: 'answered' }),
      one(failed, { application, result: 'failed' }),
    ]),
    tracker_links_source_breaker_state: own.map(({ application, state }) =>
      one(breakerNumbers[state], { application }),
    ),
  }
}

function databaseSamples({ pools, database }: Readings) {
  return {
    tracker_links_database_connections: pools.flatMap(({ pool, open, idle }) => [
      one(open - idle, { pool, state: 'in_use' }),
      one(idle, { pool, state: 'idle' }),
    ]),
    tracker_links_database_connections_max: pools.map(({ pool, most }) => one(most, { pool })),
    tracker_links_database_waiting: pools.map(({ pool, waiting }) => one(waiting, { pool })),
    tracker_links_scrape_database_up: [one(database.isUp ? 1 : 0)],
    tracker_links_scrape_database_age_seconds: database.value === undefined ? [] : [one(database.age)],
  }
}

function mirrorSamples({ database: { value = [] }, applicationIds, follower }: Readings) {
  // After a reload the last known may be of applications that are gone.
  const own = value.filter(({ applicationId }) => applicationIds.includes(applicationId))
  const each = (read: (standing: Standing) => number | null, more: Sample['labels'] = {}) =>
    own.flatMap(standing => {
      const value = read(standing)
      return value === null ? [] : one(value, { application: standing.applicationId, ...more })
    })
  return {
    tracker_links_mirror_waiting_links: each(({ waiting }) => waiting),
    tracker_links_mirror_oldest_waiting_seconds: each(({ oldestSeconds }) => oldestSeconds),
    tracker_links_mirror_stops: each(({ stops }) => stops),
    tracker_links_feed_lag_events: each(({ lagEvents }) => lagEvents, { follower }),
    tracker_links_feed_lag_seconds: each(({ lagSeconds }) => lagSeconds, { follower }),
  }
}

function processSamples({ process: found, applicationIds, replica }: Readings) {
  return {
    tracker_links_build_info: [one(1, { version: version(), node: process.version, replica })],
    tracker_links_applications: [one(applicationIds.length)],
    tracker_links_workers: [one(1)],
    tracker_links_worker_restarts_total: [one(0)],
    tracker_links_event_loop_lag_seconds: Object.entries(found.eventLoopLag).map(([statistic, lag]) =>
      one(lag, { statistic }),
    ),
    process_cpu_seconds_total: [one(found.cpuSeconds)],
    process_resident_memory_bytes: [one(found.residentBytes)],
    process_start_time_seconds: [one(found.startedAt)],
    tracker_links_heap_used_bytes: [one(found.heapUsedBytes)],
  }
}

let ownVersion: string | undefined

function version(): string {
  ownVersion ??= (
    JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  ).version
  return ownVersion
}
