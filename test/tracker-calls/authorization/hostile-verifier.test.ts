import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createAuthorizer } from '../../../src/tracker-calls/authorization/authorize.ts'
import { json, keptRefusals, outcome, playVerifier, silent, word } from './played-verifier.ts'

const { lines, keep } = keptRefusals()
const oauth = { authorization: 'OAuth canary-user' }
const user1 = { id: '1', login: 'user1' }

const asking = (url: string) =>
  keep(
    createAuthorizer(
      { kind: 'user', verifier: { kind: 'yandexId', url: `${url}/info` }, allow: { logins: ['user1'] } },
      { applicationId: 'crm', log: silent },
    ),
  )

/** A verifier below HTTP: `connected` gets each connection as it comes. */
async function playSocket(t: Test, connected: (socket: Socket) => unknown): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => undefined))
    connected(socket)
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('an answer of 200 MB is cut off', async t => {
  let sent = 0
  const closed = Promise.withResolvers<void>()
  const verifier = await playVerifier(t, async (_asked, response) => {
    response.on('close', closed.resolve)
    response.writeHead(200, { 'content-type': 'application/json' })
    const chunk = Buffer.alloc(1 << 20, ' ')
    for (let n = 0; n < 200 && !response.destroyed; n++) {
      sent += chunk.length
      if (!response.write(chunk))
        await Promise.race([new Promise(resolve => response.once('drain', resolve)), closed.promise])
    }
    response.end(JSON.stringify(user1))
  })
  t.equal(await word(asking(verifier.url), oauth), 'verifier-away')
  await closed.promise
  t.ok(sent < 50 << 20, 'the connection was closed long before the end')
})

t.test('an answer of 64 KiB is read, a byte more is not', async t => {
  const body = JSON.stringify(user1)
  const verifier = await playVerifier(t, (_asked, response) => json(response, 200, body.padEnd(64 * 1024)))
  t.equal(await word(asking(verifier.url), oauth), 'user')
  verifier.answer = (_asked, response) => json(response, 200, body.padEnd(64 * 1024 + 1))
  t.equal(await word(asking(verifier.url), oauth), 'verifier-away')
})

t.test('a refusal with a long body is still a refusal', async t => {
  const verifier = await playVerifier(t, (_asked, response) => json(response, 401, 'canary-answer'.repeat(1e6)))
  t.equal(await word(asking(verifier.url), oauth), 'token-unknown')
})

t.test('a redirect is not followed', async t => {
  const target = await playVerifier(t, (_asked, response) => json(response, 200, user1))
  const verifier = await playVerifier(t, (_asked, response) =>
    response.writeHead(302, { location: `${target.url}/info` }).end(),
  )
  for (const status of [301, 302, 303, 307, 308]) {
    verifier.answer = (_asked, response) => response.writeHead(status, { location: `${target.url}/info` }).end()
    t.equal(await word(asking(verifier.url), oauth), 'verifier-away')
  }
  t.equal(target.asked.length, 0)
})

t.test('a verifier that does not answer, or answers for ever, is given up', async t => {
  const silent = await playSocket(t, () => undefined)
  const dripping = await playSocket(t, async socket => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n')
    while (!socket.destroyed) {
      socket.write(' ')
      await pause(50)
    }
  })
  const continuing = await playSocket(t, async socket => {
    while (!socket.destroyed) {
      socket.write('HTTP/1.1 102 Processing\r\n\r\n')
      await pause(50)
    }
  })
  const ended = await Promise.all([silent, dripping, continuing].map(url => outcome(asking(url), oauth)))
  for (const one of ended) t.match(one, { code: 'verifier-away', headers: { 'retry-after': '5' } })
})

t.test('an answer that is not HTTP lets nobody in and is not quoted to anybody', async t => {
  const answers = [
    'canary-answer\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{"login":"user1"}',
    'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"login":"user1"}',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ncanary-answer',
    `HTTP/1.1 200 OK\r\nX: ${'canary-'.repeat(9_000)}\r\n\r\n`,
    '',
  ]
  for (const answer of answers) {
    const url = await playSocket(t, socket => socket.once('data', () => socket.end(answer)))
    const ended = await outcome(asking(url), oauth)
    t.match(ended, { code: 'verifier-away' })
    t.notMatch(JSON.stringify(ended, Object.getOwnPropertyNames(ended)), /canary-/)
  }
})

t.test('the next call after a connection that broke asks again', async t => {
  const verifier = await playVerifier(t, (_asked, response) => response.destroy())
  const authorize = asking(verifier.url)
  t.equal(await word(authorize, oauth), 'verifier-away')
  verifier.answer = (_asked, response) => json(response, 200, user1)
  t.equal(await word(authorize, oauth), 'user')
})

t.test('no log line of all this holds a token or an answer', async t => {
  t.notMatch(lines.join(''), /canary-/)
})
