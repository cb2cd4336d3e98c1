import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

export type Answer = { status: number; body: string }
/** Sends a call and returns its answer, once that has come whole. Rejects if none came. */
export type Caller = (method: string, path: string, body?: string) => Promise<Answer>

/** Longer than any proxy waits. */
const longest = 20_000

/** A client of one address that keeps its connections. */
export function callerOf(address: string): Caller {
  const agent = new Agent({ keepAlive: true })
  const { hostname, port } = new URL(`http://${address}`)
  return async (method, path, body) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }
    const call = request({ hostname, port, path, method, headers, agent, timeout: longest })
    call.once('timeout', () => call.destroy(new Error(`no answer within ${longest} ms`)))
    call.end(body)
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    return { status: answer.statusCode ?? 0, body: await text(answer) }
  }
}

/** Calls that were sent on a connection that was then reset, and repeated. */
export type Cut = { count: number }

/**
 * A client that calls replicas in turn. If one refuses the connection, or resets it before there is an answer, it calls the
 * next; `cut` counts the latter. Without `cut` it repeats only what was refused, and so was not sent.
 */
export function roundRobin(addresses: readonly string[], cut?: Cut): Caller {
  const callers = addresses.map(callerOf)
  let turn = 0
  return async (method, path, body) => {
    const first = turn++
    for (let tried = 1; ; tried++) {
      const caller = callers[(first + tried) % callers.length] as Caller
      try {
        return await caller(method, path, body)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        const mayRepeat = code === 'ECONNREFUSED' || (code === 'ECONNRESET' && cut !== undefined)
        if (!mayRepeat || tried === callers.length) throw error
        if (code === 'ECONNRESET' && cut) cut.count++
      }
    }
  }
}
