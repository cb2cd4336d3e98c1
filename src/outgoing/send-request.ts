import { SourceFailure } from '../linked-objects/object-source.ts'
import type { FilledRequest, HttpConfig } from '../linked-objects/sources/http/fill-request.ts'
import type { Question } from '../linked-objects/sources/upstream.ts'
import { guardedConnector, type Lookup } from './guarded-connector.ts'
import { isPrivateAllowed, originOf } from './private-hosts.ts'
import { longestAnswer, readBody } from './read-body.ts'

export type { Lookup }

const mostRedirects = 3

/** What came of a request: the body's text for a status of success only. */
type Received = { status: number; text?: string; isToWait: boolean }

/**
 * A pool of kept connections to one origin. Redirects are followed on this origin only, each address checked again. Throws
 * SourceFailure, and the errors of undici.
 */
export function createSend(config: HttpConfig, lookup: Lookup | undefined) {
  const origin = originOf(config.url)
  // At once, so that the first question does not wait for it.
  const client = loadClient({ isPrivateAllowed: isPrivateAllowed(config), lookup })

  async function send(request: FilledRequest, { signal, tell }: Question): Promise<Received> {
    const { dispatcher, ask } = await client
    let { address, ...rest } = request
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      tell?.({ step: 'request', method: rest.method, address, headers: Object.keys(rest.headers) })
      const start = performance.now()
      const { statusCode: status, headers, body } = await ask(address, { ...rest, dispatcher, signal })
      const location = status >= 300 && status < 400 ? headers.location : undefined
      tell?.({
        step: 'answer',
        status,
        milliseconds: performance.now() - start,
        ...(typeof location === 'string' && { location }),
      })
      if (status >= 200 && status < 300)
        return { status, text: await readBody(body, one(headers['content-encoding'])), isToWait: false }
      // The status says it all. A little is read away, so that the connection can be kept; of more it is closed.
      void body.dump({ limit: 65_536, signal }).catch(() => undefined)
      if (location === undefined) return { status, isToWait: headers['retry-after'] !== undefined }
      address = nextAddress(one(location), address, origin)
      if (rest.method === 'POST' && status !== 307 && status !== 308)
        throw new SourceFailure('answer-invalid', `the answer to a POST was a redirect (${status})`)
    }
    throw new SourceFailure('answer-invalid', `the answer was a redirect more than ${mostRedirects} times`)
  }

  return {
    send,
    async close() {
      await (await client).dispatcher.destroy()
    },
  }
}

/** Only an application with such a source needs the client, and a tenth of a start is loading it. */
async function loadClient(connector: { isPrivateAllowed: boolean; lookup: Lookup | undefined }) {
  const { Agent, buildConnector, request } = await import('undici')
  const dispatcher = new Agent({
    connect: guardedConnector(buildConnector, connector),
    connections: 50,
    maxResponseSize: longestAnswer,
  })
  return { ask: request, dispatcher }
}

function nextAddress(location: string, from: string, origin: string): string {
  const next = URL.parse(location, from)
  if (!next) throw new SourceFailure('answer-invalid', 'the answer was a redirect to something that is no address')
  if (next.origin !== origin || next.username !== '' || next.password !== '')
    throw new SourceFailure('forbidden', `the answer was a redirect to another origin (${next.origin})`)
  return next.href
}

const one = (header: string | string[] | undefined): string =>
  Array.isArray(header) ? header.join(', ') : (header ?? '')
