import { type AddressGuard, guardedConnector } from './guarded-connector.ts'

type ClientOptions = {
  connectMilliseconds: number
  /** Connections to one origin. */
  connections: number
  /** Bytes of an answer's body, as they come. */
  longestAnswer: number
  /** Which addresses may be reached; without it any. */
  guard?: AddressGuard
}

export type Client = Awaited<ReturnType<typeof openClient>>

/**
 * A pool of kept HTTP/1.1 connections. The library is loaded here, since only some configurations need it: a tenth of a start.
 */
export async function openClient({ connectMilliseconds, connections, longestAnswer, guard }: ClientOptions) {
  const { Agent, buildConnector, request } = await import('undici')
  const limits = { timeout: connectMilliseconds, allowH2: false }
  const dispatcher = new Agent({
    connect: guard ? guardedConnector(buildConnector, limits, guard) : limits,
    connections,
    maxResponseSize: longestAnswer,
    allowH2: false,
  })
  return { request, dispatcher }
}
