import { type AddressGuard, guardedConnector } from './guarded-connector.ts'

type ClientOptions = {
  connectMilliseconds: number
  /** Connections to one origin. */
  connections: number
  /** Bytes of an answer's body, before decoding. */
  longestAnswer: number
  /** Which addresses may be reached. */
  reach: AddressGuard | 'any address'
}

export type Client = Awaited<ReturnType<typeof openClient>>

/**
 * A pool of kept HTTP/1.1 connections. The library is loaded here, since only some configurations need it: a tenth of a start.
 */
export async function openClient({ connectMilliseconds, connections, longestAnswer, reach }: ClientOptions) {
  const { Agent, buildConnector, request } = await import('undici')
  const limits = { timeout: connectMilliseconds, allowH2: false }
  const dispatcher = new Agent({
    connect: reach === 'any address' ? limits : guardedConnector(buildConnector, limits, reach),
    connections,
    maxResponseSize: longestAnswer,
    allowH2: false,
  })
  return { request, dispatcher }
}
