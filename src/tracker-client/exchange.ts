import { errorCode } from '../errors/error-code.ts'
import { type Client, openClient } from '../outgoing/open-client.ts'

/** Which organization's Tracker is called, and with which token. */
export type TrackerAccess = {
  /** Address of Tracker's API, without the version. */
  url: string
  kind: 'yandex360' | 'cloud'
  /** Id of the organization. */
  id: string
  token: string
  scheme: 'OAuth' | 'Bearer'
}

/** `target` is the path with its query, as it is sent; `headers` are added to those of every request. */
export type Sent = { method: string; target: string; headers?: Readonly<Record<string, string>>; body?: string }
export type Received = { status: number; headers: Record<string, string>; text: string }
/** Why nothing was received; if `unreachable`, nothing was sent either. `because` contains no text from outside. */
export type NotReceived = { failure: 'unreachable' | 'unanswered'; because: string }

export type Exchange = {
  /** `longestMs`: milliseconds until it counts as unanswered. */
  send: (request: Sent, longestMs?: number) => Promise<Received | NotReceived>
  close: () => Promise<void>
}

const totalMs = 30_000
// A page of issues with long descriptions has some megabytes.
const longestAnswer = 64 * 1024 * 1024

/** A pool of connections to Tracker, one request in flight on each, so that none waits behind another. No redirects. */
export function createExchange({ url, kind, id, token, scheme }: TrackerAccess): Exchange {
  const { origin } = new URL(url)
  const headers = {
    accept: 'application/json',
    authorization: `${scheme} ${token}`,
    [kind === 'cloud' ? 'x-cloud-org-id' : 'x-org-id']: id,
    'user-agent': 'tracker-link-server',
  }
  let opened: Promise<Client> | undefined
  return {
    async send({ method, target, headers: more, body }, longestMs = totalMs) {
      // Loaded when it is needed: most programs never call Tracker.
      opened ??= openClient({ connectMilliseconds: 5_000, connections: 16, longestAnswer, reach: 'any address' })
      const { request, dispatcher } = await opened
      try {
        const answer = await request(`${origin}${target}`, {
          method,
          headers: { ...headers, ...more, ...(body !== undefined && { 'content-type': 'application/json' }) },
          body: body ?? null,
          dispatcher,
          signal: AbortSignal.timeout(longestMs),
        })
        return { status: answer.statusCode, headers: singleTexts(answer.headers), text: await answer.body.text() }
      } catch (error) {
        const because = errorCode(error)
        return { failure: beforeSending.has(because) ? 'unreachable' : 'unanswered', because }
      }
    },
    close: async () => (await opened)?.dispatcher.close(),
  }
}

/** Failures of a connection that was never made. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

const singleTexts = (headers: Record<string, string | string[] | undefined>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]))
