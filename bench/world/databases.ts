import { applicationId, keysPerIssue, type Preload } from '../load/data.ts'
import { importObjects, runCommand } from './ours.ts'
import type { Postgres } from './postgres.ts'

/**
 * Makes the database of which every program gets a copy: the tables by the server's own migrations, the objects by its own
 * import, links and their history by SQL. Returns the seconds that the import took.
 */
export async function makeTemplate(
  postgres: Postgres,
  options: { database: string; folder: string; config: string; objects: number; preload: Preload },
): Promise<number> {
  const { database, objects } = options
  await postgres.query('postgres', `CREATE DATABASE ${database}`)
  const env = { DATABASE_URL: postgres.url(database), TRACKER_LINKS_CONFIG: options.config }
  await runCommand(['migrate'], env)
  const seconds = await importObjects(`${options.folder}/objects-${objects}.ndjson`, objects, env)
  await addLinks(postgres, database, 'GONE', { issues: options.preload.removable, keys: 1, stride: 1, objects })
  const repeatable = { issues: options.preload.repeatable, keys: keysPerIssue, stride: keysPerIssue, objects }
  await addLinks(postgres, database, 'OLD', repeatable)
  await postgres.query(database, 'VACUUM (ANALYZE)')
  return seconds
}

/** Links that one transaction adds. */
const batchLinks = 200_000

/**
 * Links issues NAME-1, NAME-2, … to `keys` neighbouring objects each, with the events of their creation. Issue n begins at
 * object n * `stride`, as in load/data.ts.
 */
export async function addLinks(
  postgres: Postgres,
  database: string,
  name: string,
  { issues, keys, stride, objects }: { issues: number; keys: number; stride: number; objects: number },
): Promise<void> {
  const batch = Math.ceil(batchLinks / keys)
  for (let from = 1; from <= issues; from += batch)
    await postgres.query(
      database,
      `WITH new AS (
         INSERT INTO link (application_id, issue_key, remote_key)
         SELECT $1, $2 || '-' || n, 'deal-' || lpad(((n::bigint * $6 + k) % $7)::text, 7, '0')
         FROM generate_series($3::int, $4::int) n, generate_series(0, $5::int - 1) k
         RETURNING application_id, issue_key, remote_key
       )
       INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind)
       SELECT application_id, 'created', issue_key, remote_key, 'tracker' FROM new`,
      [applicationId, name, from, Math.min(issues, from + batch - 1), keys, stride, objects],
    )
}

/** Copies a database, to which nobody may be connected. */
export async function copyDatabase(postgres: Postgres, template: string, name: string): Promise<void> {
  await postgres.query('postgres', `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`)
}
