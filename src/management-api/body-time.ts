import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Milliseconds, as on the public port. */
const mostMs = 10_000

/**
 * Refuses requests whose body has not arrived as a whole after 10 s, whatever was answered to them. Node's own limit is one of the
 * server, and a bulk push takes as long as it takes; once that is answered, its body has 10 s more. `refuse` answers as it does
 * what Node refuses.
 */
export function limitBodyTime(app: FastifyInstance, refuse: (error: Error, socket: Socket) => void): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (hasBody(request.raw)) {
      // The body of such a route is a stream.
      const isStreamed = request.routeOptions.config.bodySchema !== undefined
      if (isStreamed) reply.raw.once('finish', () => limit(request.raw, reply.raw, refuse))
      else limit(request.raw, reply.raw, refuse)
    }
    done()
  })
}

const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

function limit(request: IncomingMessage, response: ServerResponse, refuse: (error: Error, socket: Socket) => void) {
  const { socket } = request
  const timer = setTimeout(() => {
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
