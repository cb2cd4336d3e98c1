import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { databaseProblem } from '../../../../src/storage/database/connection/database-problem.ts'
import { openStorage } from '../../../../src/storage/open-storage.ts'
import type { PrismaClient } from '../../../../src/storage/prisma-client/client.ts'
import { testDatabase } from '../../../support/test-database.ts'
import { until } from '../../../support/until.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }

/** Connections for Tracker's calls. */
const connections = 6

/** PostgreSQL's message of an error, with the state that PgBouncer gives to its own. */
const refusal = message('E', 'SFATAL\0C08P01\0Mserver login has been failing\0\0')
const limitRefused = message('E', 'SFATAL\0C08P01\0Munsupported startup parameter: statement_timeout\0\0')

/**
 * A pooler in front of the database of a test. After `lose` the database is gone: what was asked stays without an answer, idle
 * connections are closed, and new ones are answered by the pooler itself, with an error. After `fill` only connections that have called
 * `pg_sleep` are served: all others wait for one of its sessions.
 */
async function pooler(t: Test, databaseUrl: string, { refusesLimits = false } = {}) {
  const target = new URL(databaseUrl)
  const socket = join(target.searchParams.get('host') as string, `.s.PGSQL.${target.port || '5432'}`)
  const clients = new Map<Socket, { isAsking: boolean; isOfCalls: boolean }>()
  let isLost = false
  let isFull = false
  const server = createServer(client => {
    client.on('error', () => {})
    if (isLost) return client.once('data', () => client.end(refusal))
    const state = { isAsking: false, isOfCalls: false }
    clients.set(client, state)
    const database = connect(socket).on('error', () => {})
    client.on('data', (piece: Buffer) => {
      state.isAsking = true
      // PgBouncer's answer to a start whose settings it does not know.
      if (refusesLimits && piece.includes('statement_timeout')) return client.end(limitRefused)
      if (piece.includes('pg_sleep')) state.isOfCalls = true
      if (!isFull || state.isOfCalls) database.write(piece)
      return undefined
    })
    database.on('data', piece => {
      if (isLost) return
      state.isAsking = false
      client.write(piece)
    })
    client.on('close', () => database.destroy())
    return client
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(() => {
    for (const client of clients.keys()) client.destroy()
    server.close()
  })
  const url = new URL(databaseUrl)
  url.searchParams.delete('host')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The pooler does not listen.')
  url.host = `127.0.0.1:${address.port}`
  const lose = () => {
    isLost = true
    for (const [client, { isAsking }] of clients) if (!isAsking) client.destroy()
  }
  const fill = () => {
    isFull = true
  }
  return { url: url.href, lose, fill }
}

function message(type: string, text: string): Buffer {
  const body = Buffer.from(text)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** What the driver, or we, said of a call that failed. */
async function failure(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => undefined,
    (one: unknown) => one,
  )
  return { code: databaseProblem(error)?.code, says: JSON.stringify(error) }
}

t.test('a call that a pooler keeps waiting fails with the database, not by the last limit of all', async t => {
  const { url, prisma } = await testDatabase(t)
  const { url: databaseUrl, lose } = await pooler(t, url)
  const storage = await openStorage({ databaseUrl, dataDirectory: '', log })
  t.teardown(() => storage.close())
  t.match(await storage.readiness(), { ready: true })
  const calls = Array.from({ length: 3 }, () => failure(storage.prisma.$executeRaw`SELECT pg_sleep(60)`))
  await until(async () => (await sleeping(prisma)) === 3)
  lose()
  for (const { code, says } of await Promise.all(calls)) {
    t.equal(code, 'database-away')
    t.match(says, /the database does not answer/, 'the probe found it, before the driver gave up')
  }
})

t.test('a call that finds no connection free learns whether the database is away or merely busy', async t => {
  const { url, prisma } = await testDatabase(t)
  const { url: databaseUrl, lose } = await pooler(t, url)
  const storage = await openStorage({ databaseUrl, dataDirectory: '', log })
  t.teardown(() => storage.close())
  const [held, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let holders = 0
  const hold = () => {
    if (++holders === connections) held.resolve()
    return letGo.promise
  }
  const all = Array.from({ length: connections }, () => storage.prisma.$transaction(hold, { timeout: 60_000 }))
  const settled = Promise.all(all)
  await held.promise
  t.match(await failure(storage.prisma.link.count()), { code: 'database-busy' })
  letGo.resolve()
  await settled

  const sleeps = Promise.all(Array.from(all, () => failure(storage.prisma.$executeRaw`SELECT pg_sleep(60)`)))
  await until(async () => (await sleeping(prisma)) === connections)
  lose()
  t.match(await failure(storage.prisma.link.count()), { code: 'database-away' })
  await sleeps
})

t.test('a database that answers calls is not away because a pooler has no session left for the probe', async t => {
  const { url } = await testDatabase(t)
  const { url: databaseUrl, fill } = await pooler(t, url)
  const storage = await openStorage({ databaseUrl, dataDirectory: '', log })
  t.teardown(() => storage.close())
  t.match(await storage.readiness(), { ready: true, warnings: [] })
  await Promise.all(Array.from({ length: connections }, () => storage.prisma.$executeRaw`SELECT pg_sleep(0.2)`))
  fill()
  const asks = { isOver: false }
  const keepAsking = async () => {
    while (!asks.isOver) await storage.prisma.$queryRaw`SELECT 1`
  }
  const asking = keepAsking()
  t.match(await storage.readiness(), { ready: true, warnings: [{ code: 'database-timeout' }] })
  // It takes longer than the probe waits.
  t.equal(await storage.prisma.$executeRaw`SELECT pg_sleep(2.2)`, 1)
  asks.isOver = true
  await asking
  await until(async () => !(await storage.readiness()).ready)
})

t.test('a statement that waits for what others hold is no outage, even if the pooler takes no limits', async t => {
  const { url, prisma } = await testDatabase(t)
  const { url: databaseUrl } = await pooler(t, url, { refusesLimits: true })
  const storage = await openStorage({ databaseUrl, dataDirectory: '', log })
  t.teardown(() => storage.close())
  await prisma.link.create({ data: { applicationId: 'crm', issueKey: 'TEST-1', remoteKey: 'D-1' } })
  const letGo = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const holding = prisma.$transaction(
    async tx => {
      await tx.$executeRaw`SELECT FROM link FOR UPDATE`
      held.resolve()
      await letGo.promise
    },
    { timeout: 60_000 },
  )
  await held.promise
  t.match(await failure(storage.prisma.$executeRaw`DELETE FROM link`), {
    code: 'database-busy',
    says: /Query read timeout/,
  })
  letGo.resolve()
  await holding
})

/** Sessions of a database that sleep. */
async function sleeping(prisma: PrismaClient): Promise<number> {
  const [{ n }] = (await prisma.$queryRaw`
    SELECT count(*)::int AS n FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'PgSleep'`) as [{ n: number }]
  return n
}
