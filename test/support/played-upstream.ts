import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'

/** A request as an application's API saw it. */
export type Seen = { method: string; path: string; headers: IncomingMessage['headers']; body: string }

export type PlayedUpstream = {
  origin: string
  /** Every request so far. */
  seen: Seen[]
  /** How the next requests are answered. */
  answer: (seen: Seen, response: ServerResponse) => void
}

/** An application's API on loopback, closed when the test is over. It answers `{"title":"Deal"}` until it is told otherwise. */
export async function playUpstream(t: Pick<Test, 'teardown'>): Promise<PlayedUpstream> {
  const upstream: PlayedUpstream = {
    origin: '',
    seen: [],
    answer: (_seen, response) => response.end('{"title":"Deal"}'),
  }
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url: path = '', headers } = request
    const seen = { method, path, headers, body: await text(request) }
    upstream.seen.push(seen)
    upstream.answer(seen, response)
  }
  const server = createServer((request, response) => void take(request, response))
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  upstream.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return upstream
}
