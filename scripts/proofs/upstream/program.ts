import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

// Plays an application's HTTP API, on the loopback port of its argument, in the mood that its parent sets. A process of its own,
// so that the load of its answers does not delay the clocks of its callers.

/** What it tells its parent: the moment of a request (milliseconds since 1970), or its mood now. */
export type UpstreamMessage = { asked: number } | { mood: Mood }

/** How it answers a request. */
export type Mood = keyof typeof answers | 'away'

/** 200 MB, which compress to 200 kB. */
const bombBytes = 200 * 1024 * 1024
const piece = Buffer.alloc(1024 * 1024, ' ')

const bomb = gzipSync(Buffer.concat([Buffer.from('{"title": "'), Buffer.alloc(bombBytes, ' '), Buffer.from('"}')]))

const answers = {
  well: (key: string, response: ServerResponse) => answer(response, card(key)),
  slow: async (key: string, response: ServerResponse) => {
    await sleep(5_000)
    answer(response, card(key))
  },
  'status 500': (_key: string, response: ServerResponse) => answer(response, '{"error": "out of order"}', 500),
  'invalid JSON': (key: string, response: ServerResponse) => answer(response, card(key).slice(0, -10)),
  'body of 200 MB': async (_key: string, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('{"title": "')
    for (let bytes = 0; bytes < bombBytes && !response.destroyed; bytes += piece.length)
      if (!response.write(piece)) await Promise.race([drained(response), sleep(5_000)])
    response.end('"}')
  },
  'redirect to 169.254.169.254': (_key: string, response: ServerResponse) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
  'gzip bomb': (_key: string, response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb),
} satisfies Record<string, (key: string, response: ServerResponse) => unknown>

let mood: Mood = 'well'
const server = createServer((request: IncomingMessage, response) => {
  say({ asked: Date.now() })
  response.on('error', () => {})
  const key = decodeURIComponent(request.url?.split('/').at(-1) ?? '')
  if (mood !== 'away') void answers[mood](key, response)
})
// Connections to a closed port are not noticed here: the server's log says how many there were.
const open = () => new Promise<void>(resolve => server.listen(Number(process.argv[2]), '127.0.0.1', resolve))
const close = () =>
  new Promise(resolve => {
    server.close(resolve)
    server.closeAllConnections()
  })
process.on('message', (wanted: Mood) => void become(wanted))
process.on('disconnect', () => process.exit())
await open()
say({ mood })

async function become(wanted: Mood): Promise<void> {
  if (wanted === 'away') await close()
  else if (mood === 'away') await open()
  mood = wanted
  say({ mood })
}

function say(message: UpstreamMessage): void {
  process.send?.(message)
}

const card = (key: string) =>
  JSON.stringify({ title: `Deal ${key}`, state: 'open', changed: new Date().toISOString(), owner: 'user1' })

function answer(response: ServerResponse, body: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

const drained = (response: ServerResponse) =>
  new Promise(resolve => response.once('drain', resolve).once('close', resolve))
