import { hash } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils'
import t from 'tap'
import { openSchemaEngine } from '../../../../scripts/schema-engine.ts'
import { migrate } from '../../../../src/storage/database/migrations/migrate.ts'
import { type Migration, readMigrations } from '../../../../src/storage/database/migrations/migration-files.ts'
import { emptyDatabase, runSql } from '../../../support/test-database.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }

/** What Prisma itself applies of these migrations. */
async function applyByPrisma(connectionString: string, migrations: readonly Migration[]): Promise<readonly string[]> {
  const factory = new PrismaPg({ connectionString, max: 1 })
  const { provider, adapterName } = factory
  const adapters: SqlDriverAdapter[] = []
  const connect = async () => {
    const adapter = await factory.connect()
    adapters.push(adapter)
    return adapter
  }
  const connectToShadowDb = () => factory.connectToShadowDb()
  const engine = await openSchemaEngine({ provider, adapterName, connect, connectToShadowDb })
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: {
        baseDir: 'prisma/migrations',
        lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"' },
        shadowDbInitScript: '',
        migrationDirectories: migrations.map(({ name, sql }) => ({
          path: name,
          migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
        })),
      },
      filters: { externalTables: [], externalEnums: [] },
    })
    return appliedMigrationNames
  } finally {
    engine.free()
    // The engine's lock belongs to its session, and the next engine waits for it.
    for (const adapter of adapters) await adapter.dispose()
  }
}

const columns = `
  SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
  FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`
const keys = `SELECT pg_get_constraintdef(oid) AS key FROM pg_constraint WHERE conrelid = '_prisma_migrations'::regclass`
const rows = `
  SELECT length(id) AS id, checksum, migration_name, logs, rolled_back_at, applied_steps_count,
    started_at <= finished_at AS is_finished
  FROM _prisma_migrations ORDER BY migration_name`

t.test('a migration is noted exactly as Prisma notes it', async t => {
  const [ours, prismas] = [await emptyDatabase(t), await emptyDatabase(t)]
  const [first] = await readMigrations()
  const migrations = [{ ...first, sql: 'CREATE TABLE one (id int);' } as Migration].map(({ name, sql }) => ({
    name,
    sql,
    // SHA-256 of the text above.
    checksum: hash('sha256', sql),
  }))
  t.same(await applyByPrisma(prismas.url, migrations), [first?.name])
  await migrate({ databaseUrl: ours.url, log, migrations })
  for (const question of [columns, keys, rows])
    t.strictSame(await runSql(ours.url, question), await runSql(prismas.url, question))
})

t.test('Prisma finds nothing left to do in a database of ours, and goes on from there', async t => {
  const { url } = await emptyDatabase(t)
  const migrations = await readMigrations()
  await migrate({ databaseUrl: url, log })
  t.same(await applyByPrisma(url, migrations), [])
  const sql = 'CREATE TABLE next (id int);'
  const next = { name: '20990101000000_next', sql, checksum: hash('sha256', sql) }
  t.same(await applyByPrisma(url, [...migrations, next]), [next.name])
  t.same(await migrate({ databaseUrl: url, log, migrations: [...migrations, next] }), { applied: [] })
})
