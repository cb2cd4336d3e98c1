import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { onRequestHookHandler } from 'fastify'

/** Milliseconds, as on the public port. */
const mostMs = 10_000

/**
 * Refuses requests whose body has not arrived as a whole after 10 s, whatever was answered to them. Node's own limit is one of the
 * server, and a bulk push takes as long as it takes; once that is answered, its body has 10 s more. `refuse` answers as it does
 * what Node refuses. `limit` is for a request that meets no hook.
 */
export function bodyTimes(refuse: Refuse) {
  const limit = (request: IncomingMessage, response: ServerResponse) => {
    if (hasBody(request)) limitTime(request, response, refuse)
  }
  const hook: onRequestHookHandler = (request, reply, done) => {
    // The body of such a route is a stream.
    const isStreamed = request.routeOptions.config.bodySchema !== undefined
    if (isStreamed) reply.raw.once('finish', () => limit(request.raw, reply.raw))
    else limit(request.raw, reply.raw)
    done()
  }
  return { limit, hook }
}

type Refuse = (error: Error, socket: Socket) => void

const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

function limitTime(request: IncomingMessage, response: ServerResponse, refuse: Refuse) {
  const { socket } = request
  if (request.complete) return
  const timer = setTimeout(() => {
    socket.off('close', end)
    if (request.complete) return
    if (response.headersSent) request.destroy()
    else refuse(Object.assign(new Error('The body came too slowly.'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket)
  }, mostMs).unref()
  const end = () => clearTimeout(timer)
  socket.once('close', end)
  request.once('end', () => {
    socket.off('close', end)
    end()
  })
}
