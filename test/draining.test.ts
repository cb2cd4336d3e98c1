// The end of a server as its clients see it, on real connections that are kept.
import { once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { acceptors, listenAt } from '../src/cli/serve/listen.ts'
import { fillSandbox } from '../src/config/fill-defaults.ts'
import { defaultRetention } from '../src/config/schemas/retention-schema.ts'
import type { ObjectSource } from '../src/linked-objects/object-source.ts'
import type { Server } from '../src/server.ts'
import { type TestApp, testApp, testAppWith } from './support/test-app.ts'
import { until } from './support/until.ts'

type Client = {
  /** Sends a call on a connection that is kept, if there is one. */
  call: (path: string, more?: { method?: string; body?: object }) => Promise<Answer>
  /** The connections that wait for its next call. */
  kept: () => number
}
type Answer = { status: number | undefined; connection: string | undefined; reused: boolean }

const answerOf = async (call: ClientRequest): Promise<Answer> => {
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  await text(answer)
  return { status: answer.statusCode, connection: answer.headers.connection, reused: call.reusedSocket }
}

/** A client that keeps its connections, as proxies do. */
function keepingClient(t: Test, url: string): Client {
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  return {
    call: (path, { method = 'GET', body } = {}) => {
      const headers = body ? { 'content-type': 'application/json' } : {}
      const call = request(`${url}${path}`, { agent, method, headers })
      call.end(body && JSON.stringify(body))
      return answerOf(call)
    },
    kept: () => Object.values(agent.freeSockets).flat().length,
  }
}

/** A source whose answers wait until they are let go. */
function heldSource() {
  const asked = Promise.withResolvers<void>()
  const mayAnswer = Promise.withResolvers<void>()
  const source: ObjectSource = {
    find: async key => {
      asked.resolve()
      await mayAnswer.promise
      return { key, summary: 'Held back' }
    },
    close: async () => {},
  }
  return { source, asked: asked.promise, letGo: mayAnswer.resolve }
}

const listen = (app: FastifyInstance) => app.listen({ host: '127.0.0.1', port: 0 })

const emptyConfig = {
  publicUrl: 'https://links.example.com',
  organizations: [],
  retention: defaultRetention,
  sandbox: fillSandbox(),
}

type Stopping = Server & { publicClient: Client; adminClient: Client; held: ReturnType<typeof heldSource> }

/** A listening server with a client at each of its ports, and an application whose cards wait. */
async function listening(t: Test): Promise<Stopping> {
  const held = heldSource()
  const cards = { budgetMilliseconds: 5_000, maxAgeSeconds: 0 }
  const slow = { id: 'slow', objects: { source: 'module' as const, file: 'slow.js' }, cards }
  const app: TestApp = await testAppWith(t, new Map([['slow', held.source]]), {}, slow)
  const config = { ...emptyConfig, applications: [...app.applications.values()] }
  const server = await app.openReplica({ readAgain: () => ({ config, needRestart: [] }) })
  const [url, adminUrl] = await Promise.all([listen(server.publicApp), listen(server.adminApp)])
  return {
    ...server,
    publicClient: keepingClient(t, url),
    adminClient: keepingClient(t, adminUrl),
    held,
  }
}

const link = (key: string) => ({ method: 'POST', body: { issueKey: 'TEST-1', entityIds: [key] } })

t.test('a server that does not stop keeps its connections', async t => {
  const { publicClient, adminClient } = await listening(t)
  for (const [client, path] of [
    [publicClient, '/crm/objects/1'],
    [adminClient, '/health/live'],
  ] as const) {
    t.match(await client.call(path), { connection: 'keep-alive', reused: false })
    t.match(await client.call(path), { connection: 'keep-alive', reused: true })
  }
})

t.test('each answer of a draining server closes its connection, those to calls in flight included', async t => {
  const { publicClient, adminClient, held, drain, close } = await listening(t)
  await publicClient.call('/crm/objects/1')
  await adminClient.call('/health/live')
  const early = publicClient.call('/slow/objects/1')
  await held.asked
  const drained = drain(0)
  t.match(await publicClient.call('/crm/links', link('new')), { status: 201, connection: 'close' }, 'a new connection')
  held.letGo()
  t.match(await early, { status: 200, connection: 'close', reused: true }, 'in flight when the stop began')
  t.match(await adminClient.call('/health/live'), { status: 200, connection: 'close', reused: true }, 'a kept one')
  for (const [client, path, status] of [
    [publicClient, '/health', 503],
    [publicClient, '/nowhere', 404],
    [adminClient, '/health/ready', 503],
    [adminClient, '/nowhere', 404],
  ] as const)
    t.match(await client.call(path), { status, connection: 'close', reused: false }, path)
  await drained
  await close()
})

t.test('a reload during the drain changes nothing of that', async t => {
  const { publicClient, adminClient, drain, reload } = await listening(t)
  await drain(0)
  await reload()
  t.match(await publicClient.call('/crm/objects/1'), { status: 404, connection: 'close' })
  t.match(await adminClient.call('/health/live'), { status: 200, connection: 'close' })
})

t.test('no call is lost while a server drains, and no connection is left on which one could be', async t => {
  const { publicClient, adminClient, drain, close, storage } = await listening(t)
  const calling = { isOver: false }
  const connections = new Set<string | undefined>()
  const statuses = new Set<number | undefined>()
  const created: string[] = []
  const callOnAndOn = async (caller: number) => {
    for (let count = 0; !calling.isOver; count++) {
      const key = `${caller}-${count}`
      const answers = [
        await publicClient.call('/crm/links', link(key)),
        await publicClient.call(`/crm/links?issueKey=TEST-1&remoteKey=${key}`, { method: 'DELETE' }),
        await publicClient.call('/crm/links', link(key)),
        await adminClient.call('/health/live'),
      ]
      created.push(key)
      for (const { status, connection } of answers) {
        statuses.add(status)
        connections.add(connection)
      }
    }
  }
  const callers = Array.from({ length: 6 }, (_, caller) => callOnAndOn(caller))
  const kept = () => publicClient.kept() + adminClient.kept()
  await until(() => created.length > 20 && kept() > 0)
  await drain(0)
  await until(() => kept() === 0)
  calling.isOver = true
  await Promise.all(callers)
  t.equal(kept(), 0, 'the close meets no idle connection')
  t.same(connections, new Set(['keep-alive', 'close']), 'called before the drain and during it')
  t.same(statuses, new Set([200, 201, 204]))
  const [stored] = await storage.prisma.$queryRaw<{ count: bigint }[]>`SELECT count(*) FROM link`
  t.equal(Number(stored?.count), created.length)
  await close()
})

t.test('control: a call on a connection that is closed while it is idle is lost', async t => {
  const { publicApp, publicClient } = await listening(t)
  await publicClient.call('/crm/objects/1')
  publicApp.server.closeIdleConnections()
  await t.rejects(publicClient.call('/crm/objects/1'), { code: 'ECONNRESET' })
})

t.test(
  'a connection that waits to be accepted when the server is closed is accepted, and its call answered',
  async t => {
    const { publicClient, adminClient, close } = await listening(t)
    const calls = Array.from({ length: 20 }, () => publicClient.call('/crm/links', link('late')))
    const others = Array.from({ length: 20 }, () => adminClient.call('/health/live'))
    const closed = close()
    for (const { status } of await Promise.all([...calls, ...others])) t.match(status, /^20[01]$/)
    await closed
  },
)

t.test('nor does one wait in vain at one of the sockets that accept beside the first', async t => {
  const { openReplica } = await testApp(t)
  const { publicApp, close } = await openReplica()
  await listenAt(publicApp, ['127.0.0.1'], { port: 0, acceptors: acceptors.public })
  const { port } = publicApp.server.address() as AddressInfo
  const calls = Array.from({ length: 60 }, () => fetch(`http://127.0.0.1:${port}/health`).then(({ status }) => status))
  const closed = close()
  t.same(new Set(await Promise.all(calls)), new Set([200]))
  await closed
})
