import { errorCode } from '../errors/error-code.ts'
import type { AddressGuard } from './guarded-connector.ts'
import { type Client, openClient } from './open-client.ts'
import { OutgoingFailure } from './outgoing-failure.ts'
import { longestAnswer, readBody, tooLarge } from './read-body.ts'

const mostRedirects = 3

/** A request ready to be sent. Values of headers are secrets. */
export type OutgoingRequest = {
  method: 'GET' | 'POST'
  address: string
  headers: Record<string, string>
  body?: string
}

/** A request that was sent, or an answer that came, as far as it can be shown: names of headers without their values. */
export type SendStep =
  | { step: 'request'; method: string; address: string; headers: readonly string[] }
  | { step: 'answer'; status: number; milliseconds: number; location?: string }

/** `tell` hears of each request and answer, redirects included. */
export type SendOptions = { signal: AbortSignal; tell?: (step: SendStep) => void }

/** The answer to a request; `text` is its body, if it is a successful one. */
export type OutgoingAnswer = { status: number; text?: string; hasRetryAfter: boolean; location?: string }

/** Connections to one origin, which is not in our hands: addresses are checked, bodies bounded. */
export type Sender = { origin: string; client: Promise<Client> }

export function openSender(origin: string, reach: AddressGuard): Sender {
  // Opened at once, so that the first request does not wait for it.
  return { origin, client: openClient({ connectMilliseconds: 1_000, connections: 50, longestAnswer, reach }) }
}

export async function closeSender({ client }: Sender): Promise<void> {
  await (await client).dispatcher.destroy()
}

/** Sends a request and follows redirects on its origin, at most three; each address is checked. Throws OutgoingFailure. */
export async function sendRequest(
  sender: Sender,
  request: OutgoingRequest,
  options: SendOptions,
): Promise<OutgoingAnswer> {
  try {
    let { address } = request
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const answer = await sendOnce(sender, { ...request, address }, options)
      if (answer.location === undefined) return answer
      address = nextAddress(answer.location, address, sender.origin)
      if (request.method === 'POST' && answer.status !== 307 && answer.status !== 308)
        throw new OutgoingFailure('answer-invalid', `the answer to a POST was a redirect (${answer.status})`)
    }
    throw new OutgoingFailure('answer-invalid', `the answer was a redirect more than ${mostRedirects} times`)
  } catch (error) {
    throw failureOf(error, options.signal)
  }
}

async function sendOnce(
  { client }: Sender,
  { address, ...rest }: OutgoingRequest,
  { signal, tell }: SendOptions,
): Promise<OutgoingAnswer> {
  const { dispatcher, request } = await client
  tell?.({ step: 'request', method: rest.method, address, headers: Object.keys(rest.headers) })
  const start = performance.now()
  const { statusCode: status, headers, body } = await request(address, { ...rest, dispatcher, signal })
  const location = status >= 300 && status < 400 ? headers.location : undefined
  tell?.({
    step: 'answer',
    status,
    milliseconds: performance.now() - start,
    ...(typeof location === 'string' && { location }),
  })
  const hasRetryAfter = headers['retry-after'] !== undefined
  if (status >= 200 && status < 300)
    return { status, text: await readBody(body, joined(headers['content-encoding'])), hasRetryAfter }
  // The status says it all. A small body is read to its end, so that the connection can be kept; for a large one it is closed.
  void body.dump({ limit: 65_536, signal }).catch(() => undefined)
  return { status, hasRetryAfter, ...(location !== undefined && { location: joined(location) }) }
}

function nextAddress(location: string, from: string, origin: string): string {
  const next = URL.parse(location, from)
  if (!next)
    throw new OutgoingFailure('answer-invalid', 'the answer was a redirect to something that is not an address')
  if (next.origin !== origin || next.username !== '' || next.password !== '')
    throw new OutgoingFailure('forbidden', `the answer was a redirect to another origin (${next.origin})`)
  return next.href
}

function failureOf(error: unknown, signal: AbortSignal): OutgoingFailure {
  if (error instanceof OutgoingFailure) return error
  const code = errorCode(error)
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return tooLarge()
  if (signal.aborted) return new OutgoingFailure('slow', 'no answer came in time')
  return new OutgoingFailure(brokenConnection.has(code) ? 'broken' : 'away', `no answer came (${code})`, code)
}

/** Codes of Node and undici for a connection that was open and broke. */
const brokenConnection = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

const joined = (header: string | string[] | undefined): string =>
  Array.isArray(header) ? header.join(', ') : (header ?? '')
