/** What a program of callers does. Requests are texts as they go over the wire; `{n}` in one is the number of the call. */
export type CallerJob = {
  port: number
  requests: readonly string[]
  /** Connections, at most. */
  connections: number
  /** Calls per second, whether answers come or not; without it each connection calls again as soon as it has its answer. */
  rate?: number
  /** Each call over a connection of its own. */
  isFresh?: boolean
  /** A caller that was refused waits as long as `Retry-After` says. */
  isPatient?: boolean
  /** Seconds: of warming up, and of measuring. */
  warmUp: number
  measure: number
}

/** Milliseconds of an answer, from the moment at which its call was due. */
export type Times = { count: number; p50: number; p99: number; max: number }

/** What callers saw while they measured. */
export type CallerResult = {
  seconds: number
  /** Answers by status. */
  statuses: Record<string, number>
  /** Of answers below 500. */
  accepted: Times
  /** Of 429 and 503. */
  refused: Times
  /** Connections that failed or were closed before an answer, by what was seen. */
  faults: Record<string, number>
  /** Milliseconds that the oldest call without an answer has waited at the end; 0 if all have theirs. */
  oldest: number
  /** Calls of an open loop that found no free connection. */
  overrun: number
}
