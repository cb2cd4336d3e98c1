import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { httpProblem } from './http-problem.ts'
import { noPage } from './no-page.ts'
import { Problem, problemBody, problemType } from './problem.ts'

// Answers to what never became a request of Fastify, so that there is no reply to use. Both close the connection.

// An import reads all that node:http exports, and for one of its names Node loads its own copy of undici: 9 MB, and unused.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

type Note = (problem: Problem, request?: IncomingMessage) => string

/** A socket, and the answer that is being written to it, as Node's own answer to such errors finds it. */
type Answering = Socket & { _httpMessage?: (ServerResponse & { req: IncomingMessage }) | null }

/**
 * Answers what Node's HTTP parser refused. `note` logs the refusal and returns the id of the call. What was received as a whole
 * before it is answered first: else its caller would take the refusal for the answer.
 */
export function refuseConnection(error: Error, socket: Answering, note: Note): void {
  const { _httpMessage: former } = socket
  // A part of the answer to this very request may be sent already.
  if (!socket.writable || (former?.headersSent && !former.req.complete)) socket.destroy()
  else if (former?.req.complete) former.once('close', () => refuseConnection(error, socket, note))
  else {
    const problem = httpProblem(error) ?? new Problem('request-malformed', 'The request is not well-formed HTTP.')
    writeRaw(socket, problem, note(problem))
  }
}

/** Answers CONNECT, whose connection Node would close without a word. */
export function refuseTunnel(request: IncomingMessage, socket: Duplex, note: Note): void {
  const problem = new Problem('request-malformed', 'This server is no proxy.')
  socket.on('error', () => socket.destroy())
  writeRaw(socket, problem, note(problem, request))
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

/** Milliseconds for the client to read the answer and close its side; none of Node's timeouts closes the connection any more. */
const lingerMs = 1_000

/** Writes a whole answer to a socket on which nothing is being answered, and closes it. */
export function writeRaw(socket: Duplex, problem: Problem, requestId: string): void {
  const { body, headers } = rawAnswer(problem, requestId)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`)
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
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
