import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { type Answered, answerChecker } from './check-answer.ts'

let checker: ReturnType<typeof answerChecker> | undefined
const check = (answered: Answered) => {
  checker ??= answerChecker()
  checker(answered)
}

/** Lets a test fail that gets an answer which docs/openapi.json does not describe, by `inject` or over a connection. */
export function watchAnswers(t: Test, app: FastifyInstance): void {
  const inject = app.inject.bind(app) as (options: InjectOptions | string) => Promise<LightMyRequestResponse>
  app.inject = (async (options: InjectOptions | string) => {
    const answer = await inject(options)
    const { method = 'GET', url = '' } = answer.raw.req
    check({ method, url, status: answer.statusCode, headers: answer.headers, body: answer.payload })
    return answer
  }) as typeof app.inject
  app.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '' } = request
    const sent = collect(response)
    response.on('finish', () => {
      const body = Buffer.concat(sent.chunks).toString('utf8')
      try {
        check({ method, url, status: response.statusCode, headers: sent.headers, body })
      } catch (error) {
        t.fail((error as Error).message)
      }
    })
  })
}

/** What is sent: Fastify gives the headers to `writeHead`, which does not keep them. */
function collect(response: ServerResponse) {
  const sent = { headers: {}, chunks: [] as Buffer[] }
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) sent.chunks.push(Buffer.from(chunk as Buffer))
  }
  const writeHead = response.writeHead.bind(response) as (...parts: unknown[]) => ServerResponse
  const write = response.write.bind(response) as (...parts: unknown[]) => boolean
  const end = response.end.bind(response) as (...parts: unknown[]) => ServerResponse
  response.writeHead = (...parts: unknown[]) => {
    sent.headers = { ...response.getHeaders(), ...(parts.at(-1) as object) }
    return writeHead(...parts)
  }
  response.write = ((...parts: unknown[]) => {
    keep(parts[0])
    return write(...parts)
  }) as typeof response.write
  response.end = ((...parts: unknown[]) => {
    keep(parts[0])
    return end(...parts)
  }) as typeof response.end
  return sent
}
