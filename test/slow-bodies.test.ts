import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { testApi } from './support/test-api.ts'
import { until } from './support/until.ts'

/** Sends `head`, and then one more character of a body every 100 ms for as long as the connection takes them. */
function dribble(t: Pick<Test, 'teardown'>, port: number, head: string) {
  const socket = connect(port, '127.0.0.1')
  const client = { socket, received: '', isClosed: false }
  socket.on('data', chunk => {
    client.received += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  socket.write(head)
  const timer = setInterval(() => socket.writable && socket.write(' '), 100)
  socket.on('close', () => {
    client.isClosed = true
    clearInterval(timer)
  })
  t.teardown(() => socket.destroy())
  return client
}

const chunked = 'Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\nf000\r\n'

t.test('a body that comes too slowly is refused on the admin port, but that of a bulk push is read', async t => {
  const { adminApp, makeKey, prisma } = await testApi(t)
  const key = await makeKey()
  await adminApp.listen({ host: '127.0.0.1', port: 0 })
  const { port } = adminApp.server.address() as AddressInfo
  const head = (first: string, type: string, authorization = `Authorization: Bearer ${key}\r\n`, host = 'localhost') =>
    `${first} HTTP/1.1\r\nHost: ${host}\r\n${authorization}Content-Type: ${type}\r\n`
  const objects = '/api/applications/crm/objects'
  const bulk = (authorization?: string) => head(`POST ${objects}/bulk`, 'application/x-ndjson', authorization)

  const pushed = dribble(t, port, `${bulk()}Content-Length: 10000\r\n\r\n{"key":"1","summary":"Deal"}\n`)
  const refused = {
    'a push': dribble(t, port, `${head(`PUT ${objects}/1`, 'application/json')}Content-Length: 90000\r\n\r\n{`),
    'a push in chunks': dribble(t, port, `${head(`PUT ${objects}/1`, 'application/json')}${chunked}`),
    'a key': dribble(t, port, `${head('POST /api/keys', 'application/json')}Content-Length: 90000\r\n\r\n{`),
  }
  const answered = {
    'no API key': dribble(t, port, `${head(`PUT ${objects}/1`, 'application/json', '')}Content-Length: 90000\r\n\r\n{`),
    'a bulk push without a key': dribble(t, port, `${bulk('')}Content-Length: 90000\r\n\r\n{`),
    nowhere: dribble(t, port, `${head('POST /nowhere', 'application/json')}Content-Length: 90000\r\n\r\n{`),
    'another host': dribble(
      t,
      port,
      `${head('POST /api/keys', 'application/json', '', 'evil.example')}Content-Length: 90000\r\n\r\n{`,
    ),
    'two hosts': dribble(
      t,
      port,
      `${head('POST /api/keys', 'application/json', 'Host: b\r\n')}Content-Length: 90000\r\n\r\n{`,
    ),
    'no address': dribble(t, port, `${head('POST /api/%zz', 'application/json')}Content-Length: 90000\r\n\r\n{`),
    'a GET': dribble(t, port, `${head('GET /health/live', 'application/json')}Content-Length: 90000\r\n\r\n{`),
  }
  const started = dribble(t, port, 'GET / HTTP/1.1\r\nX: ')

  const all = [...Object.values(refused), ...Object.values(answered), started]
  await until(() => all.every(({ isClosed }) => isClosed))
  for (const [name, { received }] of Object.entries(refused))
    t.match(received, /^HTTP\/1\.1 408 .*application\/problem\+json.*"code":"request-timeout"/s, name)
  for (const [name, { received }] of Object.entries(answered)) t.match(received, /^HTTP\/1\.1 (200|40[014]|421) /, name)
  t.match(started.received, /^HTTP\/1\.1 408 /)
  t.notOk(pushed.isClosed, 'the bulk push goes on')
  await until(() => prisma.linkedObject.count())
  pushed.socket.destroy()
})

t.test('what watches a body goes with it, however many come over one connection', async t => {
  const { adminApp, makeKey } = await testApi(t)
  const headers = { authorization: `Bearer ${await makeKey()}`, 'content-type': 'application/x-ndjson' }
  let connections = 0
  let listeners = 0
  adminApp.server.on('connection', socket => {
    connections++
    listeners = socket.listenerCount('close')
    adminApp.server.on('request', () => {
      listeners = socket.listenerCount('close')
    })
  })
  const url = await adminApp.listen({ host: '127.0.0.1', port: 0 })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const push = async () => {
    const sent = request(`${url}/api/applications/crm/objects/bulk`, { method: 'POST', headers, agent })
    sent.end('{"key":"1","summary":"Deal"}\n')
    const [answer] = await once(sent, 'response')
    await once(answer.resume(), 'end')
  }
  await push()
  const before = listeners
  for (let times = 0; times < 12; times++) await push()
  t.equal(connections, 1)
  t.equal(listeners, before)
})
