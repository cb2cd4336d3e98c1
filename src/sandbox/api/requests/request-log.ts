import type { RequestFault } from '../../chances/chances.ts'

/** A request as it came; `at` in milliseconds of the epoch. Without a status no answer was complete. */
export type LoggedRequest = {
  readonly at: number
  readonly method: string
  readonly address: string
  status?: number
  fault?: RequestFault
}

/** The last requests, the oldest first. */
export type RequestLog = { readonly requests: LoggedRequest[] }

const most = 100_000

export const createRequestLog = (): RequestLog => ({ requests: [] })

export function logRequest({ requests }: RequestLog, method: string, address: string): LoggedRequest {
  const at = Math.round(1_000 * (performance.timeOrigin + performance.now())) / 1_000
  const entry: LoggedRequest = { at, method, address }
  requests.push(entry)
  // A tenth at once: to shift each time would move all others.
  if (requests.length > 1.1 * most) requests.splice(0, requests.length - most)
  return entry
}
