// docker/Caddyfile in front of replicas that are played: which of them gets a call while they are stopped and started.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startCaddy } from './caddy.ts'

type Replica = {
  server: Server
  address: string
  /** What it answers when it is asked for its health, and when it is called. */
  health: number
  status: number
  asked: number
}

/** Answers calls with its own address and what was sent. */
async function startReplica(t: Test): Promise<Replica> {
  const server = createServer((incoming, outgoing) => {
    const isHealth = incoming.url === '/health'
    if (isHealth) replica.asked++
    outgoing.statusCode = isHealth ? replica.health : replica.status
    text(incoming).then(
      body => outgoing.end(isHealth ? '' : `${replica.address} ${body}`),
      () => outgoing.destroy(),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const replica: Replica = { server, address: `127.0.0.1:${port}`, health: 200, status: 200, asked: 0 }
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return replica
}

/** Two replicas behind Caddy. */
async function balanced(t: Test) {
  const [one, other] = [await startReplica(t), await startReplica(t)]
  const { port } = await startCaddy(t, `${one.address} ${other.address}`)
  const call = async (method: string) => {
    const body = method === 'POST' ? 'a body' : undefined
    const answer = await fetch(`http://127.0.0.1:${port}/crm/links`, { method, ...(body && { body }) })
    return { status: answer.status, text: await answer.text(), hsts: answer.headers.has('strict-transport-security') }
  }
  return { one, other, port, call }
}

/** Once Caddy has asked twice more, it has heeded the first answer. */
async function checked(...replicas: Replica[]): Promise<void> {
  const until = replicas.map(({ asked }) => asked + 2)
  while (replicas.some(({ asked }, index) => asked < (until[index] ?? 0))) await sleep(20)
}

const methods = ['GET', 'POST', 'DELETE'] as const

t.test('all replicas are called', async t => {
  const { one, other, call } = await balanced(t)
  const answers = await Promise.all(Array.from({ length: 100 }, () => call('POST')))
  t.same(new Set(answers.map(answer => answer.text)), new Set([`${one.address} a body`, `${other.address} a body`]))
})

/** The statuses of so many POSTs over one connection, each sent once the one before is answered. */
async function statusesOf(port: number, count: number): Promise<string[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1')
  const statuses: string[] = []
  while (statuses.length < count) {
    socket.write('POST /crm/links HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 6\r\n\r\na body')
    const [answer] = (await once(socket, 'data')) as [string]
    statuses.push(answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length))
  }
  socket.destroy()
  return statuses
}

// With `round_robin` 5 to 8 of them failed: two calls at once may both skip the only replica that is ready.
t.test('of many calls at once none is lost while a replica is away', async t => {
  const { one, other, port } = await balanced(t)
  one.server.closeAllConnections()
  one.server.close()
  await checked(other)
  const statuses = await Promise.all(Array.from({ length: 64 }, () => statusesOf(port, 300)))
  t.equal(statuses.flat().filter(status => status !== '200').length, 0)
})

t.test(
  'a replica that is being stopped gets no more calls, and a POST is lost neither then nor when it is gone',
  async t => {
    const { one, other, call } = await balanced(t)
    one.health = 503
    await checked(one)
    const answers = []
    for (let round = 0; round < 4; round++) for (const method of methods) answers.push(await call(method))
    one.server.closeAllConnections()
    one.server.close()
    for (let round = 0; round < 4; round++) for (const method of methods) answers.push(await call(method))
    t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
    t.ok(answers.every(answer => answer.text.startsWith(other.address)))
  },
)

t.test('if no replica is ready, each call gets the answer of one of them at once', async t => {
  const { one, other, call } = await balanced(t)
  for (const replica of [one, other]) Object.assign(replica, { health: 503, status: 503 })
  await checked(one, other)
  for (const method of methods) t.match(await call(method), { status: 503, text: /^127/, hsts: true }, method)
  Object.assign(one, { status: 200 })
  Object.assign(other, { status: 200 })
  for (const method of methods) t.match(await call(method), { status: 200, hsts: true }, `${method}, all are stopping`)
})
