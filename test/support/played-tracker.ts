import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'

export type PlayedRequest = {
  method: string
  /** Path and query as they were sent. */
  target: string
  headers: Record<string, string | string[] | undefined>
  /** The body as it was sent. */
  body: string
}

/** What is answered; `'hang up'` closes the connection instead. A `body` that is a text is sent as it is. */
export type PlayedAnswer = { status?: number; headers?: Record<string, string>; body?: unknown } | 'hang up'

/** A Tracker that answers as a test says, on loopback. `requests` holds what came. */
export async function playedTracker(t: Test, answer: (request: PlayedRequest) => PlayedAnswer | Promise<PlayedAnswer>) {
  const requests: PlayedRequest[] = []
  const play = async (incoming: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = incoming
    const request = { method, target: url, headers, body: await text(incoming) }
    requests.push(request)
    const given = await answer(request)
    if (given === 'hang up') {
      incoming.socket.destroy()
      return
    }
    const { status = 200, headers: more, body } = given
    response.writeHead(status, { 'content-type': 'application/json', ...more })
    response.end(typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body))
  }
  const server = createServer((incoming, response) => {
    // A client that was killed takes its request with it.
    play(incoming, response).catch(() => response.destroy())
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  t.teardown(close)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, close, server }
}
