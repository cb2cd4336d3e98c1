import t, { type Test } from 'tap'
import { createPrismaClient } from '../../../../src/storage/database/connection/connect.ts'
import { databaseProblem } from '../../../../src/storage/database/connection/database-problem.ts'
import { statementsOf } from '../../../../src/storage/database/connection/statements.ts'
import { linkChanger } from '../../../../src/storage/links/link-changes.ts'
import type { LinkKeys } from '../../../../src/storage/links/link-keys.ts'
import { testDatabase } from '../../../support/test-database.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }
const { url } = await testDatabase(t)

/** A database with one connection: what is asked of it later is asked of the same session. */
function oneConnection(t: Pick<Test, 'teardown'>, prepareStatements: boolean, onFault = (_error: unknown) => {}) {
  const prisma = createPrismaClient({ databaseUrl: url, log, size: 1, limitSessions: true, prepareStatements, onFault })
  t.teardown(() => prisma.$disconnect())
  return prisma
}

/** How often each statement was planned anew, and how often with the plan that is kept. */
const plansOf = (prisma: ReturnType<typeof oneConnection>) =>
  prisma.$queryRaw<{ name: string; kept: number; anew: number }[]>`
    SELECT name, generic_plans::int AS kept, custom_plans::int AS anew FROM pg_prepared_statements
    WHERE name <> '' ORDER BY name`

const changesOf = (prisma: ReturnType<typeof oneConnection>) => {
  const change = linkChanger(prisma)
  return (kind: 'create' | 'remove', numbers: number[]) =>
    Promise.all(
      numbers.map(number => {
        const link = { issueKey: `TEST-${number}`, remoteKey: 'x' } as LinkKeys
        return change({ kind, applicationId: 'crm', links: [link], actor: { kind: 'tracker' } })
      }),
    )
}

t.test('statements give the same on the pool and within a transaction', async t => {
  const prisma = oneConnection(t, true)
  const sql = `SELECT $1::text AS text, $2::int AS number, $3::text[] AS texts, $4::int[] AS numbers, $5::text AS nothing,
                      $2 > 1 AS truth, ARRAY['{"', NULL, ''] AS odd`
  const values = ['a\\"ü\u{1f600}', 7, ['{}', ',"\\', ''], [1, -2], null]
  const [ofPool] = await statementsOf(prisma)<object>(sql, values)
  t.strictSame(
    { ...ofPool },
    {
      text: values[0],
      number: 7,
      texts: values[2],
      numbers: values[3],
      nothing: null,
      truth: true,
      odd: ['{"', null, ''],
    },
  )
  const [ofTransaction] = await prisma.$transaction(tx => statementsOf(tx)<object>(sql, values))
  t.strictSame({ ...ofTransaction }, { ...ofPool })
  t.strictSame(await statementsOf(prisma)('SELECT WHERE false', []), [])
})

t.test('what PostgreSQL refuses is classified, and heard of', async t => {
  const heard: unknown[] = []
  const prisma = oneConnection(t, true, error => heard.push(error))
  const failed = async (sql: string, values: string[] = []) =>
    databaseProblem(await statementsOf(prisma)(sql, values).catch((error: unknown) => error))?.code
  t.equal(await failed(`SET LOCAL statement_timeout = '1ms'; SELECT pg_sleep(1)`), 'database-busy')
  t.equal(await failed('SELECT FROM no_such_table'), 'database-away')
  t.equal(await failed('SELECT $1::text', ['\0']), 'body-invalid')
  t.equal(heard.length, 3)
  await prisma.$disconnect()
  t.same(await statementsOf(prisma)('SELECT 1 AS one', []), [{ one: 1 }], 'a database that was closed opens again')
})

t.test(
  'a statement that meets the end of the database is answered, or fails as one whose connection was closed',
  async t => {
    // After so many steps of the statement: one of them lies between the opening of the pool and its use.
    for (let steps = 0; steps < 16; steps++) {
      const prisma = oneConnection(t, true)
      const asked = statementsOf(prisma)('SELECT 1 AS one', []).then(
        () => 'answered',
        (error: unknown) => databaseProblem(error)?.code ?? String(error),
      )
      for (let step = 0; step < steps; step++) await Promise.resolve()
      await prisma.$disconnect()
      t.match(await asked, /^(answered|database-away)$/, `after ${steps} steps`)
    }
  },
)

t.test('changes of links are planned once for all', async t => {
  const prisma = oneConnection(t, true)
  const change = changesOf(prisma)
  for (let turn = 1; turn <= 9; turn++) {
    for (const kind of ['create', 'remove'] as const) {
      await change(kind, [turn])
      await change(kind, [turn + 100, turn + 200])
    }
  }
  const names = ['create link', 'create links', 'remove link', 'remove links']
  t.same(
    await plansOf(prisma),
    names.map(name => ({ name, kept: 4, anew: 5 })),
  )
})

t.test('behind a pooler nothing stays prepared', async t => {
  const prisma = oneConnection(t, false)
  const change = changesOf(prisma)
  await change('create', [1])
  await change('remove', [1])
  t.same(await plansOf(prisma), [])
})
