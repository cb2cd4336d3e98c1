import { type AddressInfo, connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { testApi } from './support/test-api.ts'
import { until } from './support/until.ts'

async function portOf(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

/** A client that never closes its side of the connection, and what it has received. */
function connectTo(t: Pick<Test, 'teardown'>, port: number, bytes: string) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const client = { socket, received: '', isClosed: false }
  socket.on('data', chunk => {
    client.received += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    client.isClosed = true
  })
  t.teardown(() => socket.destroy())
  socket.write(bytes)
  return client
}

const openAt = (app: FastifyInstance) =>
  new Promise<number>((resolve, reject) => {
    app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })

t.test('a refused connection is closed soon, although its client keeps its side open', async t => {
  const { publicApp, adminApp } = await testApi(t)
  for (const app of [publicApp, adminApp]) {
    const port = await portOf(app)
    for (const bytes of [
      '\x16\x03\x01\r\n\r\n',
      'GET / HTTP/1.1\r\nA b: c\r\n\r\n',
      'CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n',
    ]) {
      const client = connectTo(t, port, bytes)
      await until(() => client.received.includes('request-malformed'))
      t.match(client.received, /^HTTP\/1\.1 400 /)
    }
    await until(async () => (await openAt(app)) === 0)
    t.pass('none is open')
  }
})

const post = (body: string) =>
  `POST /crm/links HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

t.test('what follows a whole request on its connection is refused after its answer, not in place of it', async t => {
  const { publicApp, prisma } = await testApi(t)
  const port = await portOf(publicApp)
  const [one, other] = ['TEST-1', 'TEST-2'].map(issueKey => JSON.stringify({ issueKey, entityIds: ['1'] }))
  const client = connectTo(t, port, `${post(one as string)}${post(other as string)}\x00garbage\r\n\r\n`)
  await until(() => client.received.includes('request-malformed'))
  t.match(client.received, /^HTTP\/1\.1 201 .*"TEST-1".*HTTP\/1\.1 201 .*"TEST-2".*HTTP\/1\.1 400 /s)
  t.equal(await prisma.link.count(), 2)
})

t.test('a request for another protocol is answered in this one, and is the last of its connection', async t => {
  const { publicApp, adminApp } = await testApi(t)
  for (const app of [publicApp, adminApp]) {
    const upgrade = 'GET /health HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'
    const client = connectTo(t, await portOf(app), `${upgrade}GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    client.socket.on('end', () => client.socket.end())
    await until(() => client.isClosed)
    t.match(client.received, /^HTTP\/1\.1 (200|404) .*connection: close/s)
  }
})
