import { join } from 'node:path'
import t from 'tap'
import { createPrismaClient } from '../../../../src/storage/database/connection/connect.ts'
import { databaseProblem } from '../../../../src/storage/database/connection/database-problem.ts'
import { statementsOf } from '../../../../src/storage/database/connection/statements.ts'
import { startEmbeddedPostgres } from '../../../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { openStorage } from '../../../../src/storage/open-storage.ts'
import { freeze } from '../../../support/frozen.ts'
import { dataFolder } from '../../../support/storage-process.ts'
import { runSql } from '../../../support/test-database.ts'
import { until } from '../../../support/until.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }
const link = (remoteKey: string) => ({ applicationId: 'demo', issueKey: 'TEST-1', remoteKey })
/** Connections for Tracker's calls. */
const connections = 6
const codeOf = (error: unknown) => databaseProblem(error)?.code

// These freeze a PostgreSQL, so they have one of their own.
const folder = await dataFolder(t)
const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log, durable: false })
t.teardown(() => postgres.stop())
const databaseUrl = await postgres.url('postgres')
const storage = await openStorage({ databaseUrl, dataDirectory: folder, log })
t.teardown(() => storage.close())
const freezeNow = () => freeze(databaseUrl, postgres.processId() ?? Number.NaN)

t.test('a database that hangs is a database away, soon, for every call; it is used again when it answers', async t => {
  await storage.prisma.$transaction([storage.prisma.link.count(), storage.prisma.link.count()])
  const thaw = await freezeNow()
  const calls = Array.from({ length: 30 }, (_, index) => storage.prisma.link.create({ data: link(`frozen ${index}`) }))
  const transactions = Array.from({ length: 5 }, () => storage.prisma.$transaction(tx => tx.link.count()))
  // Sent to the pool itself.
  const statements = Array.from({ length: 5 }, () => statementsOf(storage.prisma)('SELECT 1', []))
  for (const { status, ...rest } of await Promise.allSettled([...calls, ...transactions, ...statements])) {
    t.equal(status, 'rejected')
    t.equal(codeOf((rest as { reason?: unknown }).reason), 'database-away')
  }
  t.match(await storage.readiness(), { ready: false, reason: { code: 'database-timeout' } })
  thaw()
  await until(async () => (await storage.readiness()).ready)
  t.match(await storage.prisma.link.create({ data: link('thawed') }), link('thawed'))
})

t.test('a call that only takes long keeps its time', async t => {
  t.equal(await storage.prisma.$executeRaw`SELECT pg_sleep(2.2)`, 1)
  t.same(await statementsOf(storage.prisma)('SELECT true AS done FROM pg_sleep(2.2)', []), [{ done: true }])
  t.equal(await storage.prisma.$transaction(tx => tx.$executeRaw`SELECT pg_sleep(2.2)`), 1)
})

t.test('transactions that were given up before they began leave the pool its connections', async t => {
  await Promise.all(Array.from({ length: connections }, () => storage.prisma.$executeRaw`SELECT pg_sleep(0.2)`))
  const thaw = await freezeNow()
  const begun = Array.from({ length: connections }, () =>
    storage.prisma.$transaction(tx => tx.link.count(), { maxWait: 10_000 }),
  )
  for (const { status } of await Promise.allSettled(begun)) t.equal(status, 'rejected')
  thaw()
  await until(async () => (await storage.readiness()).ready)
  let meeting = 0
  const { promise: met, resolve: meet } = Promise.withResolvers<void>()
  const together = async () => {
    if (++meeting === connections) meet()
    await met
  }
  await Promise.all(
    Array.from({ length: connections }, () => storage.prisma.$transaction(together, { maxWait: 10_000 })),
  )
  t.equal(meeting, connections, 'as many transactions are open at once')
})

t.test('what is answered after a hang is committed: no connection is left within a transaction of before', async t => {
  // One connection, so that the next caller gets the very one that hung.
  const prisma = createPrismaClient({ databaseUrl, log, size: 1, limitSessions: true })
  t.teardown(() => prisma.$disconnect())
  let thaw: () => void = () => t.fail('the transaction did not come that far')
  const hung = prisma.$transaction(
    async tx => {
      await tx.link.create({ data: link('in the transaction that hung') })
      thaw = await freezeNow()
      await tx.link.create({ data: link('unanswered') })
    },
    { timeout: 60_000 },
  )
  await t.rejects(hung)
  thaw()
  await until(() => prisma.link.create({ data: link('answered') }).catch(() => undefined))
  const rows = await runSql(databaseUrl, `SELECT remote_key FROM link WHERE remote_key ~ 'answered|hung' ORDER BY 1`)
  t.strictSame(rows, [{ remote_key: 'answered' }])
})
