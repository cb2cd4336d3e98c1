import { createHash, randomBytes } from 'node:crypto'
import { Client } from 'pg'
import type { Test } from 'tap'
import { createPrismaClient } from '../../src/storage/database/connection/connect.ts'
import { migrate } from '../../src/storage/database/migrations/migrate.ts'
import { readMigrations } from '../../src/storage/database/migrations/migration-files.ts'
import type { PrismaClient } from '../../src/storage/prisma-client/client.ts'
import { testPostgres } from './test-postgres.ts'

const silent = { info: () => {}, warn: () => {}, error: () => {} }

/** A database of a test's own: `url` serves as DATABASE_URL of another process. */
export type TestDatabase = { prisma: PrismaClient; url: string; name: string }

/**
 * Makes a database with the schema of prisma/migrations and nothing in it, dropped when the test `t` is over. Files may
 * run side by side: each has its own.
 */
export async function testDatabase(t: Pick<Test, 'teardown'>): Promise<TestDatabase> {
  const { url, name } = await cloneDatabase(t, await ensureTemplate())
  const prisma = createPrismaClient({
    databaseUrl: url,
    log: silent,
    size: 4,
    limitSessions: true,
    prepareStatements: true,
  })
  // Before the database is dropped: tap runs what was registered last first.
  t.teardown(() => prisma.$disconnect())
  return { prisma, url, name }
}

/**
 * Makes a database with nothing in it, not even a schema, dropped when the test `t` is over. `more` is what else CREATE
 * DATABASE says of it.
 */
export async function emptyDatabase(t: Pick<Test, 'teardown'>, more = ''): Promise<{ url: string; name: string }> {
  return await cloneDatabase(t, `template0 ${more}`)
}

/** Runs statements on a database, one after the other, each with a plain text; returns the rows of the last one. */
export async function runSql(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}

async function cloneDatabase(t: Pick<Test, 'teardown'>, template: string) {
  const server = await testPostgres()
  const name = `test_${randomBytes(8).toString('hex')}`
  // By copying the files: the tests' PostgreSQL needs no log of what is in them.
  await runSql(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`)
  t.teardown(() => runSql(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  return { url: databaseUrl(server, name), name }
}

let template: Promise<string> | undefined

/** The name of the template database for the migrations as they are now; made by whoever needs it first. */
function ensureTemplate(): Promise<string> {
  template ??= makeTemplate()
  return template
}

async function makeTemplate(): Promise<string> {
  const migrations = await readMigrations()
  const content = createHash('sha256').update(JSON.stringify(migrations)).digest('hex').slice(0, 16)
  const name = `template_${content}`
  const server = await testPostgres()
  const client = new Client({ connectionString: server })
  await client.connect()
  try {
    // Held by this session, so that of several test files that start at once one makes it and the others wait.
    await client.query('SELECT pg_advisory_lock(1)')
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (rowCount === 0) {
      await client.query(`DROP DATABASE IF EXISTS ${name}_unfinished WITH (FORCE)`)
      await client.query(`CREATE DATABASE ${name}_unfinished TEMPLATE template0`)
      await migrate({ databaseUrl: databaseUrl(server, `${name}_unfinished`), log: silent, migrations })
      await client.query(`ALTER DATABASE ${name}_unfinished RENAME TO ${name}`)
    }
    return name
  } finally {
    await client.end()
  }
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
