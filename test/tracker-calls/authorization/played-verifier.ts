import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { Problem } from '../../../src/errors/problem.ts'
import type { Actor } from '../../../src/links/actor.ts'
import type { Authorize } from '../../../src/tracker-calls/authorization/authorize.ts'

export type Asked = { method: string; url: string; headers: IncomingMessage['headers']; body: string }

/** A verifier on loopback. `answer` may be changed at any time; `asked` are the questions so far. */
export async function playVerifier(t: Test, answer: (asked: Asked, response: ServerResponse) => unknown) {
  const asked: Asked[] = []
  const played = { url: '', asked, answer, stop: async () => {}, start: async (_port: number) => {} }
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    void text(request).then(body => {
      const question = { method, url, headers, body }
      asked.push(question)
      return played.answer(question, response)
    })
  })
  played.start = port => new Promise(resolve => server.listen(port, '127.0.0.1', resolve))
  played.stop = () =>
    new Promise(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await played.start(0)
  played.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.teardown(played.stop)
  return played
}

/** Answers with JSON; a text is sent as it is (JSON.stringify would round long numbers). */
export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** The token that a question carries in its header. */
export const tokenOf = (asked: Asked) => asked.headers.authorization?.split(' ')[1]

/** What the records of refused calls say, a line each; `keep` watches who is refused. */
export function keptRefusals(): { lines: string[]; keep: (authorize: Authorize) => Authorize } {
  const lines: string[] = []
  const tell = (error: unknown): never => {
    if (error instanceof Problem) {
      const { code, status, message, recorded } = error
      lines.push(JSON.stringify({ code, status, message, ...recorded }))
    }
    throw error
  }
  const keep =
    (authorize: Authorize): Authorize =>
    headers => {
      try {
        const actor = authorize(headers)
        return actor instanceof Promise ? actor.catch(tell) : actor
      } catch (error) {
        return tell(error)
      }
    }
  return { lines, keep }
}

/** How a call ended: the actor, or the Problem. */
export async function outcome(authorize: Authorize, headers: Record<string, string>): Promise<Actor | Problem> {
  try {
    return await authorize(headers)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

/** The same in one word: the kind of the actor, or the code of the Problem. */
export async function word(authorize: Authorize, headers: Record<string, string>): Promise<string> {
  const ended = await outcome(authorize, headers)
  return ended instanceof Problem ? ended.code : ended.kind
}

/** A log for tests that do not look at it. */
export const silent = { warn: () => undefined }
