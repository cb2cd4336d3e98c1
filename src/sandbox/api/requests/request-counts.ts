import type { Settings } from '../../world/settings.ts'
import type { RequestFindings } from './request-findings.ts'
import { createRequestLog, type RequestLog } from './request-log.ts'

/** Tracker counts two kinds of requests: search, count, export and bulk; and all others. */
export type RequestKind = 'search' | 'other'

export const kindOf = (address: string): RequestKind =>
  /\/(_search|_count|_suggest|_export|bulkchange|system\/search)\b/.test(address) ? 'search' : 'other'

type Second = { at: string; search: number; other: number; refused: number }

/** Seconds that are remembered. */
const secondsMost = 3600

/** Counts the requests to the API, so that a client's rate can be measured, and limited if a limit is set. */
export type RequestCounts = {
  /** By the second of the epoch. */
  seconds: Map<number, Second>
  /** The requests of the fullest second, wherever it began, refused ones included. */
  most: Record<RequestKind, number>
  /** Answers by route and status. */
  calls: Map<string, Record<string, number>>
  findings: RequestFindings
  log: RequestLog
  /** The requests of the last second, all and admitted: their moments in milliseconds of the monotonic clock. */
  readonly asked: Record<RequestKind, number[]>
  readonly admitted: Record<RequestKind, number[]>
}

export const createRequestCounts = (): RequestCounts => ({
  ...noCounts(),
  asked: { search: [], other: [] },
  admitted: { search: [], other: [] },
})

const noCounts = () => ({
  seconds: new Map(),
  most: { search: 0, other: 0 },
  calls: new Map(),
  findings: new Map(),
  log: createRequestLog(),
})

/** Counts a request; false if it is over the limit. */
export function admitRequest(counts: RequestCounts, kind: RequestKind, limit: Settings['rateLimit']): boolean {
  const { most, asked, admitted } = counts
  const now = performance.now()
  for (const times of [asked[kind], admitted[kind]])
    while (times[0] !== undefined && times[0] <= now - 1000) times.shift()
  asked[kind].push(now)
  most[kind] = Math.max(most[kind], asked[kind].length)
  const second = presentSecond(counts)
  second[kind]++
  if (limit && admitted[kind].length >= limit[kind]) {
    second.refused++
    return false
  }
  admitted[kind].push(now)
  return true
}

function presentSecond({ seconds }: RequestCounts): Second {
  const now = Math.floor(Date.now() / 1000)
  const second = seconds.get(now) ?? { at: new Date(now * 1000).toISOString(), search: 0, other: 0, refused: 0 }
  seconds.set(now, second)
  for (const old of seconds.keys()) {
    if (seconds.size <= secondsMost) break
    seconds.delete(old)
  }
  return second
}

export function countAnswer({ calls }: RequestCounts, route: string, status: number): void {
  const statuses = calls.get(route) ?? {}
  statuses[status] = (statuses[status] ?? 0) + 1
  calls.set(route, statuses)
}

export const readCounts = ({ most, calls, findings, seconds }: RequestCounts) => ({
  most,
  findings: [...findings.values()],
  calls: Object.fromEntries(calls),
  seconds: [...seconds.values()],
})

/** Begins anew. The limit still counts the requests of the last second. */
export function clearCounts(counts: RequestCounts): void {
  Object.assign(counts, noCounts())
}
