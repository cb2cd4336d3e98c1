import { readdirSync, readFileSync } from 'node:fs'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { migrate } from '../../../../src/storage/database/migrations/migrate.ts'
import { readMigrations } from '../../../../src/storage/database/migrations/migration-files.ts'
import { openStorage } from '../../../../src/storage/open-storage.ts'
import { closeLastPartition } from '../../../../src/storage/retention/close-partition.ts'
import { emptyDatabase, runSql } from '../../../support/test-database.ts'
import { until } from '../../../support/until.ts'

// A file for each released version: its migrations, and the statements that it sends, as its own code sent them. `{n}` is a number.
const folder = `${import.meta.dirname}/released`
type Statement = { name: string; text: string[]; values: unknown[] }
type Release = { migrations: string[]; statements: Statement[] }
type Run = (name: string, values: (asSent: unknown[]) => unknown[]) => Promise<Record<string, unknown>[]>

const log = { info: () => {}, warn: () => {}, error: () => {} }

for (const file of readdirSync(folder))
  t.test(`version ${file.replace('.json', '')} goes on while its database is brought up to date`, async t => {
    const release = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as Release
    const { url: databaseUrl } = await emptyDatabase(t)
    const all = await readMigrations()
    const migrations = all.filter(({ name }) => release.migrations.includes(name))
    t.same(await migrate({ databaseUrl, log, migrations }), { applied: release.migrations })
    const options = { databaseUrl, dataDirectory: '/nowhere', log, migrations: 'check' } as const
    await t.rejects(
      openStorage(options),
      { code: 'schema-behind' },
      'this version does not work with the former schema',
    )

    const state = { rounds: 0, isOver: false, isWritten: false }
    const servers = [1, 2, 3].map(async number => {
      const run = await server(t, release, databaseUrl)
      for (let round = 0; !state.isOver; round++, state.rounds++) await writeAndRead(run, `${number} ${round}`)
    })
    const follower = follow(await server(t, release, databaseUrl), state)
    const afterRounds = (count: number) => {
      const end = state.rounds + count
      return Promise.race([until(() => state.rounds >= end), ...servers])
    }
    await afterRounds(20)
    const before = await contents(databaseUrl)
    t.equal((await migrate({ databaseUrl, log })).applied.length, all.length - migrations.length)
    await afterRounds(20)
    // What a server of this version does beside one of the former.
    const session = await connect(t, databaseUrl)
    await until(() => closeLastPartition(session))
    await afterRounds(20)
    state.isOver = true
    await t.resolves(Promise.all(servers), 'no statement failed or waited longer than that version allows')
    state.isWritten = true

    const now = new Set(await contents(databaseUrl))
    t.same(
      before.filter(row => !now.has(row)),
      [],
      'nothing of what was stored is lost',
    )
    const events = await runSql(databaseUrl, 'SELECT id, kind, issue_key, remote_key FROM link_event ORDER BY id')
    t.same(
      await follower,
      events.map(({ id }) => id),
      'its follower has read every event, in the order',
    )
    const storage = await openStorage(options)
    t.teardown(() => storage.close())
    t.match(await storage.readiness(), { ready: true, warnings: [] })
    t.equal(await storage.prisma.linkEvent.count(), events.length)
  })

async function connect(t: Test, databaseUrl: string): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl, lock_timeout: 2_000, statement_timeout: 2_500 })
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/** A connection of a server of that version, which prepares its statements once. */
async function server(t: Test, { statements }: Release, databaseUrl: string): Promise<Run> {
  const client = await connect(t, databaseUrl)
  const find = new Map(statements.map(statement => [statement.name, statement]))
  return async (name, values) => {
    const { text, values: asSent } = find.get(name) as Statement
    return (await client.query({ name, text: text.join('\n'), values: values(asSent) })).rows
  }
}

const written = [
  'create links',
  'put objects',
  'store a card',
  'read cards',
  'latest event',
  'list links',
  'list history',
  'remove a link',
  'remove an ambiguous link',
  'remove a card',
  'create links',
  ...['', ' 2', ' 3', ' 4', ' 5'].map(step => `rename an object${step}`),
  'keep an answer 2',
  'keep an answer 4',
]

async function writeAndRead(run: Run, number: string): Promise<void> {
  const fill = (asSent: unknown[]) => JSON.parse(JSON.stringify(asSent).replaceAll('{n}', number)) as unknown[]
  for (const name of written) await run(name, fill)
}

/** Follows the feed as that version does, up to the end. Returns the ids of what it has read. */
async function follow(run: Run, state: { isWritten: boolean }): Promise<unknown[]> {
  const ids: unknown[] = []
  const openWriters = async () => (await run('open writers', () => [])).map(({ writer }) => writer)
  for (;;) {
    const wasWritten = state.isWritten
    const after = ids.at(-1) ?? '0'
    const [ahead] = await run('look ahead in feed', () => ['crm', after, 'crm', after, 101])
    if (ahead?.last == null) {
      if (wasWritten) return ids
      continue
    }
    const writers = new Set(await openWriters())
    await until(async () => (await openWriters()).every(writer => !writers.has(writer)))
    const events = await run('read events', () => ['crm', after, ahead.last, 101, 0])
    ids.push(...events.slice(0, 100).map(({ id }) => id))
  }
}

/** Rows that nobody changes afterwards. */
async function contents(databaseUrl: string): Promise<string[]> {
  const rows = await runSql(
    databaseUrl,
    `SELECT 'event ' || (event.*)::text AS row FROM link_event AS event
     UNION ALL SELECT 'answer ' || (answer.*)::text FROM idempotent_answer AS answer
     UNION ALL SELECT 'object ' || (object.*)::text FROM linked_object AS object WHERE key LIKE '% d'
     UNION ALL SELECT 'link ' || (link.*)::text FROM link WHERE remote_key LIKE '% d'`,
  )
  return rows.map(({ row }) => String(row))
}
