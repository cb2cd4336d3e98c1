import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export type Answering = (request: IncomingMessage, response: ServerResponse) => void

/** An application that answers as it is told to, and the calls that came to it. */
export async function playApplication(t: Test) {
  const calls: string[] = []
  const headers: IncomingMessage['headers'][] = []
  let answer = answerCard
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      calls.push([request.method, request.url, body].filter(Boolean).join(' '))
      headers.push(request.headers)
      answer(request, response)
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    calls,
    headers,
    base,
    crm: {
      id: 'crm',
      oauthToken: 'canary-fixed',
      entityInfoUrl: `${base}/objects/{{remoteKey}}`,
      createLinkUrl: `${base}/links`,
      removeLinkUrl: `${base}/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}`,
    },
    answerWith: (next: Answering) => {
      answer = next
    },
  }
}

const answerCard: Answering = (_request, response) => json(response, { key: 'a/b', summary: 'An object' })

export function json(response: ServerResponse, value: unknown, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
