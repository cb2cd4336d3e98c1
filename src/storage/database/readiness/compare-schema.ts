import type { SqlQueryable } from '@prisma/driver-adapter-utils'
import type { DatabasePlace, Reason } from '../connection/database-reason.ts'
import { readMigrations } from '../migrations/migration-files.ts'
import type { Look } from './look-at-database.ts'
import { migrationRunning } from './tell-look.ts'

const question = `SELECT EXISTS (SELECT FROM link), (SELECT json_agg(migration_name)::text
  FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL)`

let known: Promise<string[]> | undefined

/**
 * Why the tables are not those of this version; undefined if they are. A newer schema, as while a newer version takes over from
 * this one, is a warning only: this version goes on with it as long as its calls succeed.
 */
export async function compareSchema(
  database: SqlQueryable,
  look: Look,
  place: DatabasePlace,
  warnings: Reason[],
): Promise<Reason | undefined> {
  known ??= readMigrations().then(migrations => migrations.map(({ name }) => name))
  const names = await known
  const { rows } = await database.queryRaw({ sql: question, args: [], argTypes: [] })
  const listed = rows[0]?.[1]
  const applied: string[] = typeof listed === 'string' ? JSON.parse(listed) : []
  const newer = applied.filter(name => !names.includes(name))
  if (newer.length > 0)
    warnings.push({
      code: 'schema-newer',
      message: `${place.description} was migrated by a newer version of this program: it has ${newer.join(', ')}.`,
      hint: 'Start that newer version here, too: this one goes on for now, but could not start again.',
    })
  const missing = names.filter(name => !applied.includes(name))
  if (missing.length === 0) return undefined
  return look.isMigrating
    ? migrationRunning(place)
    : {
        code: 'schema-behind',
        message: `${place.description} has the tables of an older version: it lacks ${missing.join(', ')}.`,
        hint: 'Run `tracker-links migrate`, or start the server again. Was an older backup restored?',
      }
}
