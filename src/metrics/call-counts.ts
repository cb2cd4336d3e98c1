import type { TrackerCall } from '../tracker-contract/tracker-call.ts'

// Plain numbers in arrays of a fixed length: a call adds to one or two of them, and nothing is made, looked up by a text or
// written for it. A scrape reads them.

/** Where a card came from; `''`: the answer had none. */
export const sources = ['memory', 'database', 'source', 'lastGood', ''] as const
export type Source = (typeof sources)[number]

/** Of the status of an answer. 304 says that the caller's card is right: it counts as `2xx`, and apart as `notModified`. */
export const classes = ['2xx', '4xx', '5xx'] as const

export const calls = ['entityInfo', 'createLink', 'removeLink'] as const satisfies readonly TrackerCall[]

/** Upper bounds in seconds. Most cards are answered from memory, within the first. */
export const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const

export type ApplicationCounts = {
  /** By call, class of status, and source. */
  calls: Float64Array
  /** Questions to its object source that had an answer, and that had none. */
  source: { answered: number; failed: number }
}

/** By call and source, over all applications: the last place of `buckets` is for what took longer than the last bound. */
export type Latency = { buckets: Float64Array; seconds: number }

/** What a process has counted since its start; a reload changes nothing of it. */
export type CallCounts = {
  applications: Map<string, ApplicationCounts>
  /** Calls to addresses of no application, and those of triggers, by class of status. */
  unknown: Float64Array
  triggers: Float64Array
  latencies: readonly Latency[]
  notModified: number
}

export const createCallCounts = (): CallCounts => ({
  applications: new Map(),
  unknown: new Float64Array(classes.length),
  triggers: new Float64Array(classes.length),
  latencies: calls.flatMap(() => sources.map(() => ({ buckets: new Float64Array(bounds.length + 1), seconds: 0 }))),
  notModified: 0,
})

/** The counts of an application, from zero if it has none yet. Only for applications of a configuration: each takes memory. */
export function countsOf({ applications }: CallCounts, id: string): ApplicationCounts {
  const known = applications.get(id)
  if (known !== undefined) return known
  const cells = calls.length * classes.length * sources.length
  const counts = { calls: new Float64Array(cells), source: { answered: 0, failed: 0 } }
  applications.set(id, counts)
  return counts
}

export const cellOf = (call: number, statusClass: number, source: number): number =>
  (call * classes.length + statusClass) * sources.length + source
export const latencyOf = (call: number, source: number): number => call * sources.length + source

/** Counts an answered call of an application. */
export function countCall(
  counts: CallCounts,
  own: ApplicationCounts,
  call: TrackerCall,
  status: number,
  source: Source,
) {
  if (status === 304) counts.notModified++
  add(own.calls, cellOf(numberOfCall(call), classOf(status), source === '' ? noSource : sources.indexOf(source)))
}

/** Counts what an answer took, for calls whose caller was let in: a refusal may be kept waiting on purpose. */
export function countLatency({ latencies }: CallCounts, call: TrackerCall, source: Source, seconds: number): void {
  const latency = latencies[latencyOf(numberOfCall(call), sources.indexOf(source))] as Latency
  let bucket = 0
  while (bucket < bounds.length && seconds > (bounds[bucket] as number)) bucket++
  add(latency.buckets, bucket)
  latency.seconds += seconds
}

/** Counts an answer that is of no application: `unknown` or `triggers`. */
export const countOther = (cells: Float64Array, status: number): void => add(cells, classOf(status))

const noSource = sources.length - 1
const numberOfCall = (call: TrackerCall) => (call === 'entityInfo' ? 0 : call === 'createLink' ? 1 : 2)
const classOf = (status: number) => (status < 400 ? 0 : status < 500 ? 1 : 2)

function add(cells: Float64Array, place: number): void {
  cells[place] = (cells[place] as number) + 1
}
