import t from 'tap'
import { createPrismaClient } from '../../../../src/storage/database/connection/connect.ts'
import { databaseProblem, withConflictRetry } from '../../../../src/storage/database/connection/database-problem.ts'
import type { PrismaClient } from '../../../../src/storage/prisma-client/client.ts'
import { runSql, testDatabase } from '../../../support/test-database.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }
const link = { applicationId: 'demo', issueKey: 'TEST-1', remoteKey: 'a' }
const fail = (state: string) =>
  `DO $$ BEGIN RAISE EXCEPTION 'canary-text of the driver' USING ERRCODE = '${state}'; END $$`

/** The error that some work ends with. */
const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

const told = (error: unknown) => {
  const problem = databaseProblem(error)
  return problem && { status: problem.status, code: problem.code, retryAfter: problem.headers['retry-after'] }
}
const away = { status: 503, code: 'database-away', retryAfter: '1' }
const busy = { ...away, code: 'database-busy' }
const input = { status: 400, code: 'body-invalid', retryAfter: undefined }

t.test('a state of Postgres decides what a caller is told', async t => {
  const { prisma } = await testDatabase(t)
  for (const state of '57P01 57P02 57P03 57P05 25006 42P01 42703 08006 28P01'.split(' '))
    t.strictSame(told(await errorOf(prisma.$executeRawUnsafe(fail(state)))), away, state)
  // What our own limits end, and what others hold, is no outage.
  for (const state of '25P03 53300 53200 57014 55P03 40P01 40001'.split(' '))
    t.strictSame(told(await errorOf(prisma.$executeRawUnsafe(fail(state)))), busy, state)
  t.strictSame(told(await errorOf(prisma.$executeRawUnsafe(fail('53100')))), { ...away, code: 'database-full' })
  for (const state of ['42501', '3F000'])
    t.strictSame(told(await errorOf(prisma.$executeRawUnsafe(fail(state)))), {
      ...away,
      code: 'database-rights-missing',
    })
  for (const state of '22001 22003 22007 22008 22021 22P02 22P05 23514 54000'.split(' '))
    t.strictSame(told(await errorOf(prisma.$executeRawUnsafe(fail(state)))), input, state)
  for (const state of '23505 42601 XX000 P0001'.split(' '))
    t.equal(told(await errorOf(prisma.$executeRawUnsafe(fail(state)))), undefined, state)
})

t.test('nothing that the driver says is in what a caller is told', async t => {
  const { prisma } = await testDatabase(t)
  for (const state of ['57P01', '53100', '22021', '42P01']) {
    const problem = databaseProblem(await errorOf(prisma.$executeRawUnsafe(fail(state))))
    t.notMatch(problem?.message, /canary|Prisma|invocation|\$/)
    t.ok(problem?.cause, 'the log has it')
  }
})

t.test('a server that is not there is away', async t => {
  for (const url of [
    'postgresql://u:canary-password@127.0.0.1:1/x',
    'postgresql://u@localhost/x?host=/nowhere/at/all',
  ]) {
    const prisma = open(t, url)
    t.strictSame(told(await errorOf(prisma.link.count())), away, 'a model call')
    t.strictSame(told(await errorOf(prisma.$transaction([prisma.link.count()]))), away, 'a transaction')
    t.strictSame(told(await errorOf(prisma.$transaction(tx => tx.link.count()))), away, 'an interactive transaction')
  }
})

t.test('a password that is no longer right, and a database that is no longer there, are a database away', async t => {
  const { url } = await testDatabase(t)
  const wrong = new URL(url)
  wrong.password = 'canary-wrong'
  t.strictSame(told(await errorOf(open(t, wrong.href).link.count())), away)
  wrong.href = url
  wrong.pathname = '/no_such_database'
  t.strictSame(told(await errorOf(open(t, wrong.href).link.count())), away)
})

t.test('no connection free is a database busy', async t => {
  const { url } = await testDatabase(t)
  const prisma = open(t, url, 1)
  const late = await prisma.$transaction(() => errorOf(prisma.link.count()))
  t.strictSame(told(late), busy)
})

t.test('a connection that the server ends is a database away, and the next call works', async t => {
  const { prisma, url } = await testDatabase(t)
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
  const failed = await errorOf(
    prisma.$transaction(async tx => {
      await tx.link.create({ data: link })
      await runSql(url, end)
      await tx.link.count()
    }),
  )
  t.strictSame(told(failed), away)
  t.equal(await prisma.link.count(), 0)
})

t.test('a table or a column that is not there is a database away', async t => {
  const { prisma, url } = await testDatabase(t)
  await runSql(url, 'ALTER TABLE link RENAME COLUMN issue_id TO other')
  t.strictSame(told(await errorOf(prisma.link.findMany())), away)
  await runSql(url, 'DROP TABLE link')
  t.strictSame(told(await errorOf(prisma.link.findMany())), away)
})

t.test('a transaction that is over is a database busy', async t => {
  const { prisma } = await testDatabase(t)
  const work = prisma.$transaction(
    async tx => {
      await tx.$executeRaw`SELECT pg_sleep(0.2)`
      await tx.link.count()
    },
    { timeout: 50 },
  )
  t.strictSame(told(await errorOf(work)), busy)
})

t.test('a value that the database refuses is a fault of the input', async t => {
  const { prisma } = await testDatabase(t)
  for (const remoteKey of ['\0', '', 'x'.repeat(256)])
    t.strictSame(told(await errorOf(prisma.link.create({ data: { ...link, remoteKey } }))), input)
  t.strictSame(told(await errorOf(prisma.link.create({ data: { ...link, issueKey: 'x'.repeat(44) } }))), input)
  t.strictSame(told(await errorOf(prisma.link.create({ data: { ...link, applicationId: '' } }))), input)
})

t.test('what is no fault of the database is nothing to this', async t => {
  const { prisma } = await testDatabase(t)
  await prisma.link.create({ data: link })
  t.equal(told(await errorOf(prisma.link.create({ data: link }))), undefined, 'a unique violation is for the store')
  for (const error of [
    new TypeError('x'),
    undefined,
    'text',
    { code: 'P1001x' },
    Object.assign(new Error(), { code: 'ENOENT' }),
  ])
    t.equal(told(error), undefined)
})

t.test('a condition that was left undefined is refused: it would mean every row', async t => {
  const { prisma } = await testDatabase(t)
  await prisma.link.create({ data: link })
  const where = { issueKey: undefined } as unknown as { issueKey: string }
  t.match(await errorOf(prisma.link.deleteMany({ where })), { name: 'PrismaClientValidationError' })
  t.equal(await prisma.link.count(), 1)
})

t.test('two transactions that wait for each other: both succeed when the work is tried again', async t => {
  const { prisma } = await testDatabase(t)
  await prisma.link.createMany({ data: ['a', 'b'].map(remoteKey => ({ ...link, remoteKey })) })
  let meeting = 0
  const { promise: met, resolve: meet } = Promise.withResolvers<void>()
  const work = (first: string, second: string) =>
    withConflictRetry(() =>
      prisma.$transaction(async tx => {
        await touch(tx, first)
        if (++meeting === 2) meet()
        await met
        await touch(tx, second)
      }),
    )
  await Promise.all([work('a', 'b'), work('b', 'a')])
  t.equal(meeting, 3, 'one of them was tried twice')
})

t.test('work that always conflicts is tried three times, other failures once', async t => {
  const { prisma } = await testDatabase(t)
  for (const [state, expected] of [
    ['40001', 3],
    ['40P01', 3],
    ['57014', 1],
    ['23505', 1],
  ] as const) {
    let tries = 0
    await t.rejects(
      withConflictRetry(() => {
        tries++
        return prisma.$executeRawUnsafe(fail(state))
      }),
    )
    t.equal(tries, expected, state)
  }
})

function touch(tx: Pick<PrismaClient, 'link'>, remoteKey: string) {
  return tx.link.updateMany({ where: { remoteKey }, data: { issueId: '1' } })
}

function open(t: { teardown(work: () => unknown): void }, databaseUrl: string, size = 2): PrismaClient {
  const prisma = createPrismaClient({ databaseUrl, log, size, limitSessions: true })
  t.teardown(() => prisma.$disconnect())
  return prisma
}
