import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { acceptors, listenAt } from '../../src/cli/serve/listen.ts'
import { createLogger } from '../../src/logging/logger.ts'
import { createTally } from '../../src/logging/tally.ts'
import { limitConnections } from '../../src/overload/connection-limit.ts'
import { collect } from '../support/test-app.ts'
import { until } from '../support/until.ts'

const call = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

async function limited(t: Test, most: number) {
  const lines: Record<string, unknown>[] = []
  const server = createServer((_request, response) => response.end('well'))
  limitConnections(server, most, createTally(createLogger('info', collect(lines))))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const sockets: Socket[] = []
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const open = async () => {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    socket.write(call)
    const [first] = (await once(socket, 'data')) as [Buffer]
    return { socket, answer: first.toString() }
  }
  return { server, open, lines }
}

t.test('a connection beyond the limit is answered 503 and closed, and one that ends makes room', async t => {
  const { open, lines } = await limited(t, 4)
  const first = await Promise.all([open(), open(), open(), open()])
  for (const { answer } of first) t.match(answer, /^HTTP\/1.1 200/)
  const fifth = connect({ port: first[0]?.socket.remotePort as number, host: '127.0.0.1' })
  const answer = await text(fifth)
  t.match(answer, /^HTTP\/1.1 503/)
  t.match(answer, /retry-after: 1\r\n/)
  t.match(answer, /connection: close\r\n/)
  t.match(answer, /"code":"overloaded"/)
  const sixth = connect({ port: first[0]?.socket.remotePort as number, host: '127.0.0.1' })
  await text(sixth)
  t.match(lines, [{ limit: '4', level: 'warn' }], 'the log tells it once')
  t.equal(lines.length, 1)

  first[0]?.socket.destroy()
  await until(async () => (await open()).answer.startsWith('HTTP/1.1 200'))
})

t.test('idle connections are closed sooner while more than half of the connections are taken', async t => {
  const { server, open } = await limited(t, 4)
  const { socket } = await open()
  await open()
  t.equal(server.keepAliveTimeout, 65_000)
  await open()
  t.equal(server.keepAliveTimeout, 5_000)
  socket.destroy()
  await until(() => server.keepAliveTimeout !== 5_000)
  t.equal(server.keepAliveTimeout, 65_000)
})

type Listener = { server: Server; listen: () => Promise<unknown> }

/** Turns of the event loop until 64 connections, which are all there, have been accepted. */
async function turnsToAccept(t: Test, { server, listen }: Listener) {
  const seen = { accepted: 0 }
  server.on('connection', () => seen.accepted++)
  await listen()
  const { port } = server.address() as AddressInfo
  const sockets = Array.from({ length: 64 }, () => connect(port, '127.0.0.1'))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  let turns = 0
  for (; seen.accepted < 64; await new Promise(setImmediate)) if (seen.accepted > 0) turns++
  return turns
}

t.test('dozens of new connections are accepted in a turn of the event loop', async t => {
  const app = Fastify()
  t.teardown(() => app.close())
  const address = { port: 0, acceptors: acceptors.public }
  const manyAtOnce = { server: app.server, listen: () => listenAt(app, ['127.0.0.1'], address) }
  const turns = await turnsToAccept(t, manyAtOnce)
  t.ok(turns <= 6, `64 in ${turns} turns; with 8 sockets it would take 8 at least`)

  const server = createServer()
  t.teardown(() => server.close())
  const single = { server, listen: () => once(server.listen(0, '127.0.0.1'), 'listening') }
  t.ok((await turnsToAccept(t, single)) >= 63, 'by one socket, one in a turn')
})
