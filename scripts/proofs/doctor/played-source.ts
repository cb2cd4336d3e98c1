import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How the application's API answers. */
export type Mood = 'well' | 'slow' | 'refuses us' | 'answers a page' | 'has other fields' | 'knows nothing'

const deal = (key: string) => JSON.stringify({ title: `Deal ${key}`, state: 'open' })

/** An application's API on loopback: the source of cards. */
export async function playSource() {
  let mood: Mood = 'well'
  const server = createServer((request, response) => {
    const key = decodeURIComponent(request.url?.split('/').at(-1) ?? '')
    const answer = (status: number, body: string, type = 'application/json') =>
      response.writeHead(status, { 'content-type': type }).end(body)
    if (mood === 'refuses us') answer(401, '{"error": "invalid token"}')
    else if (mood === 'answers a page') answer(200, '<!doctype html><title>Sign in</title>', 'text/html')
    else if (mood === 'has other fields') answer(200, JSON.stringify({ name: `Deal ${key}` }))
    else if (mood === 'knows nothing' || !key.startsWith('D-')) answer(404, '{}')
    // The slow one never answers: who asks has to end it.
    else if (mood === 'well') answer(200, deal(key))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    be: (wanted: Mood) => {
      mood = wanted
      server.closeIdleConnections()
    },
    close,
  }
}
