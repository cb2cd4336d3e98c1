import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../world/refusal.ts'
import { answerErrors, refuse, trackerForm } from './answer-errors.ts'

// Refusals of requests that reach no route. They are in Tracker's form too: a client's reader of errors meets no other.

/** The longest part of an address: no name here is longer. */
export const partMost = 4096

/** What the router itself refuses: an address that is not percent-encoded UTF-8 (400), or that has too long a part (404). */
export function refuseAddress(error: { code: string }, _request: FastifyRequest, reply: FastifyReply): void {
  const refusal =
    error.code === 'FST_ERR_MAX_PARAM_LENGTH'
      ? new Refusal(404, { errorMessages: [`Nothing has a name of more than ${partMost} characters.`] })
      : new Refusal(400, { errorMessages: ['The address is not percent-encoded UTF-8.'] })
  void refuse(reply, refusal)
}

/** What Node cannot read as a request: its answer is the last on this connection. */
export function refuseConnection({ code }: { code: string }, socket: Socket): void {
  // The client is gone, or has begun to read an answer.
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, words, message] =
    code === 'HPE_HEADER_OVERFLOW'
      ? ([431, 'Request Header Fields Too Large', 'The headers are too large.'] as const)
      : ([400, 'Bad Request', 'This is not an HTTP request.'] as const)
  const body = JSON.stringify(trackerForm(new Refusal(status, { errorMessages: [message] })))
  const head = ['Content-Type: application/json; charset=utf-8', `Content-Length: ${Buffer.byteLength(body)}`]
  socket.end([`HTTP/1.1 ${status} ${words}`, ...head, 'Connection: close', '', body].join('\r\n'))
}

/** Any version but 2 and 3. */
const otherVersion = '/:version(^v(?:[014-9]|[1-9][0-9]+)$)'

/** Versions of the API other than those that are played, and addresses under `/sandbox` that do not exist. */
export function refuseUnknown(app: FastifyInstance): void {
  answerErrors(app)
  for (const url of [otherVersion, `${otherVersion}/*`])
    app.all<{ Params: { version: string } }>(url, async ({ params }, reply) => {
      const message = `The sandbox plays /v2 and /v3 of Tracker's API, not /${params.version}.`
      return refuse(reply, new Refusal(404, { errorMessages: [message] }))
    })
  app.register(
    async scope =>
      scope.setNotFoundHandler(async ({ method, url }, reply) =>
        refuse(reply, new Refusal(404, { errorMessages: [`There is no ${method} ${url}.`] })),
      ),
    { prefix: '/sandbox' },
  )
}
