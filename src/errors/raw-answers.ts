import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { httpProblem } from './http-problem.ts'
import { noPage } from './no-page.ts'
import { Problem, problemBody, problemType } from './problem.ts'

// Answers to what never became a request of Fastify, so that there is no reply to use. Both close the connection.

type Note = (problem: Problem, request?: IncomingMessage) => string

/** Answers what Node's HTTP parser refused. `note` logs the refusal and returns the id of the call. */
export function refuseConnection(error: Error, socket: Socket, note: Note): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const problem = httpProblem(error) ?? new Problem('request-malformed', 'The request is not well-formed HTTP.')
  socket.end(answerText(problem, note(problem)))
}

/** A whole answer as it goes over the wire, after which the connection is closed. */
export function answerText(problem: Problem, requestId: string): string {
  const { body, headers } = rawAnswer(problem, requestId)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`
}

/** Answers a request whose header Expect asks for anything but `100-continue`. */
export function refuseExpectation(request: IncomingMessage, response: ServerResponse, note: Note): void {
  const problem = new Problem(
    'expectation-failed',
    'The header Expect asks for something that this server does not support.',
  )
  const { body, headers } = rawAnswer(problem, note(problem, request))
  response.writeHead(problem.status, headers).end(body)
}

function rawAnswer(problem: Problem, requestId: string) {
  const body = JSON.stringify(problemBody(problem, requestId))
  const headers = {
    'content-type': problemType,
    'x-request-id': requestId,
    'cache-control': 'no-store',
    ...noPage,
    'content-length': Buffer.byteLength(body),
    ...problem.headers,
    connection: 'close',
  }
  return { body, headers }
}
