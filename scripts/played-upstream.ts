import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

/** What a played upstream does with a question. */
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

/** An HTTP API of an application, on a port of loopback, that is well or unwell as told. */
export async function playUpstream(port: number) {
  const state = { mood: 'well' as Mood }
  /** When questions came (performance.now()). */
  const asked: number[] = []
  const server = createServer((request: IncomingMessage, response) => {
    asked.push(performance.now())
    response.on('error', () => {})
    const key = decodeURIComponent(request.url?.split('/').at(-1) ?? '')
    if (state.mood !== 'away') void answers[state.mood](key, response)
  })
  // A closed port is asked without a word here: the log of the server says how often.
  const open = () => new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const close = () =>
    new Promise(resolve => {
      server.close(resolve)
      server.closeAllConnections()
    })
  await open()
  return {
    asked,
    be: async (mood: Mood) => {
      if (mood === 'away') await close()
      else if (state.mood === 'away') await open()
      state.mood = mood
    },
    close,
  }
}

const card = (key: string) =>
  JSON.stringify({ title: `Deal ${key}`, state: 'open', changed: new Date().toISOString(), owner: 'user1' })

function answer(response: ServerResponse, body: string, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

const drained = (response: ServerResponse) =>
  new Promise(resolve => response.once('drain', resolve).once('close', resolve))
