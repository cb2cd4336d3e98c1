import type { IncomingMessage, ServerResponse } from 'node:http'
import { noPage } from '../errors/no-page.ts'
import { Problem, problemBody, problemType } from '../errors/problem.ts'
import { newRequestId } from '../logging/call.ts'
import { secondsByChance } from './return-times.ts'

/** The refusal of a call that would wait too long. */
export const overloaded = (): Problem =>
  new Problem('overloaded', detail, { headers: { 'retry-after': String(secondsByChance()) } })

const detail = 'More calls came than can be answered in time.'

const idMark = 'ID'
const [before = '', after = ''] = JSON.stringify(problemBody(new Problem('overloaded', detail), idMark)).split(
  `"requestId":"${idMark}"`,
)

/**
 * Answers that a call is refused, and in how many seconds to come back; before its body is read and beside Fastify: at three times the
 * rate that can be answered, two of three calls come here, and what they take the others lack.
 */
export function refuseCall(request: IncomingMessage, response: ServerResponse, seconds: number): void {
  const id = newRequestId()
  const body = `${before}"requestId":"${id}"${after}`
  response.writeHead(503, {
    'content-type': problemType,
    'content-length': body.length,
    'cache-control': 'no-store',
    ...noPage,
    'retry-after': String(seconds),
    'x-request-id': id,
    // Node reads a body that nobody wants to its end before the next request of the connection.
    ...(isLong(request) && { connection: 'close' }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

const isLong = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 16 * 1024
