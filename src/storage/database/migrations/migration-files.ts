import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'

/** A migration as the program brings it: `name` is its folder, `checksum` what Prisma notes of it in the database. */
export type Migration = { name: string; sql: string; checksum: string }

// The same distance from src (checkout) and from dist (published).
const folder = new URL('../../../../prisma/migrations/', import.meta.url)

/** The migrations that this version of the program knows, oldest first. */
export async function readMigrations(): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
  return await Promise.all(
    names.sort().map(async name => {
      const sql = await readFile(new URL(`${name}/migration.sql`, folder), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}
