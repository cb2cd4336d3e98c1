// Writes the next migration: what prisma/schema.prisma has and the migrations do not. Usage: node scripts/new-migration.ts NAME
// Read what it wrote before you commit it: renaming a column, for one, comes out as dropping it and adding another.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { readSchema, schemaDifference } from './schema-difference.ts'

const [name = ''] = process.argv.slice(2)
if (!/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('Usage: node scripts/new-migration.ts NAME, such as add_issue_title (small letters, digits and _)')
  process.exit(2)
}

const folder = await mkdtemp(join(tmpdir(), 'tracker-links-migration-'))
const silent = { info: () => {}, warn: () => {}, error: () => {} }
const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log: silent, durable: false })
try {
  const sql = await schemaDifference(await postgres.url('postgres'), await readSchema())
  if (sql === '') console.log('The migrations and prisma/schema.prisma agree: there is nothing to write.')
  else console.log(`Wrote ${await writeMigration(sql)}`)
} finally {
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
}

async function writeMigration(sql: string): Promise<string> {
  const moment = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
  const path = `prisma/migrations/${moment}_${name}/migration.sql`
  const file = new URL(`../${path}`, import.meta.url)
  await mkdir(new URL('.', file), { recursive: true })
  await writeFile(file, `${sql}\n`)
  return path
}
