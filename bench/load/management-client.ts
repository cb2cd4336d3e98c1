import { openConnection } from './connection.ts'
import { applicationId } from './data.ts'

/** An answer, and the milliseconds from the request to its last byte. */
export type TimedAnswer = { status: number; body: string; milliseconds: number }

export type ManagementClient = {
  get: (path: string) => Promise<TimedAnswer>
  post: (path: string, body: string, contentType?: string) => Promise<TimedAnswer>
  close: () => void
}

/** Calls the management API for the application of the bench, one call after the other over one connection. */
export function managementClient(port: number, apiKey: string): ManagementClient {
  let waiting: PromiseWithResolvers<TimedAnswer> | undefined
  let sent = 0
  const connection = openConnection(
    port,
    (status, body) => waiting?.resolve({ status, body, milliseconds: performance.now() - sent }),
    fault => waiting?.reject(new Error(fault)),
  )
  const base = `/api/applications/${applicationId}`
  const head = `HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${apiKey}\r\n`
  const send = (request: string): Promise<TimedAnswer> => {
    waiting = Promise.withResolvers()
    sent = performance.now()
    connection.send(request)
    return waiting.promise
  }
  return {
    get: path => send(`GET ${base}${path} ${head}\r\n`),
    post: async (path, body, contentType = 'application/json') => {
      const headers = { authorization: `Bearer ${apiKey}`, 'content-type': contentType }
      const from = performance.now()
      // The answer of a bulk push comes in chunks, which the connection above does not read.
      const answer = await fetch(`http://127.0.0.1:${port}${base}${path}`, { method: 'POST', headers, body })
      const text = await answer.text()
      return { status: answer.status, body: text, milliseconds: performance.now() - from }
    },
    close: connection.close,
  }
}
