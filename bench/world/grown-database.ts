import { applicationId, keysPerIssue } from '../load/data.ts'
import { addLinks } from './databases.ts'
import { runCommand } from './ours.ts'
import type { Postgres } from './postgres.ts'

/** Links of the one object with many links, deal-0000000: issues WIDE-1, WIDE-2, … */
export const wideLinks = 20_000

/** Objects that one transaction adds. */
const batchObjects = 500_000

/**
 * Makes a database of the server's own tables with `objects` objects and `links` links with their events. Written by SQL: through
 * the import 10 million objects alone would take some minutes.
 */
export async function makeGrown(
  postgres: Postgres,
  options: { database: string; config: string; objects: number; links: number },
): Promise<void> {
  const { database, objects, links } = options
  await postgres.query('postgres', `CREATE DATABASE ${database}`)
  await runCommand(['migrate'], { DATABASE_URL: postgres.url(database), TRACKER_LINKS_CONFIG: options.config })
  const issues = links / keysPerIssue
  // Beside each other: PostgreSQL uses a core for each connection.
  await Promise.all([
    addAllObjects(postgres, database, objects),
    addLinks(postgres, database, 'OLD', { issues, keys: keysPerIssue, stride: keysPerIssue, objects }),
  ])
  await addLinks(postgres, database, 'WIDE', { issues: wideLinks, keys: 1, stride: 0, objects })
  await postgres.query(database, 'VACUUM (ANALYZE)')
}

async function addAllObjects(postgres: Postgres, database: string, objects: number): Promise<void> {
  for (let from = 0; from < objects; from += batchObjects)
    await addObjects(postgres, database, from, Math.min(objects, from + batchObjects) - 1)
}

/** Objects of these numbers, as `card` in load/data.ts has them. */
async function addObjects(postgres: Postgres, database: string, from: number, to: number): Promise<void> {
  await postgres.query(
    database,
    `INSERT INTO linked_object (application_id, key, summary, icon_url, status_name, status_description,
                                assignee_tracker_uid, assignee_login, updated)
     SELECT $1, 'deal-' || lpad(n::text, 7, '0'), 'Deal ' || n || ': delivery of spare parts for line ' || n % 97,
            'https://crm.example.com/icons/' || n % 7 || '.svg',
            (ARRAY['New', 'In progress', 'Waiting for payment', 'Done'])[n % 4 + 1], 'As the sales department set it',
            8000000000 + n % 5000, 'user-' || n % 5000,
            timestamptz '2026-10-01T10:11:12.345Z' + n % 28 * interval '24 hours'
     FROM generate_series($2::int, $3::int) n`,
    [applicationId, from, to],
  )
}

/** Bytes on disk of a link, of the event of its creation and of an object, each with its indexes. */
export async function bytesOnDisk(
  postgres: Postgres,
  database: string,
): Promise<{ link: number; event: number; object: number }> {
  const [row] = await postgres.query(
    database,
    `SELECT pg_total_relation_size('link') / (SELECT count(*) FROM link)::float AS link,
            (SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('link_event'))
              / (SELECT count(*) FROM link_event)::float AS event,
            pg_total_relation_size('linked_object') / (SELECT count(*) FROM linked_object)::float AS object`,
  )
  return row as { link: number; event: number; object: number }
}

/** Makes an API key for the application. */
export async function makeKey(url: string, config: string): Promise<string> {
  const words = ['keys', 'create', '--name', 'bench', '--scope', 'admin', '--application', applicationId, '--json']
  return JSON.parse(await runCommand(words, { DATABASE_URL: url, TRACKER_LINKS_CONFIG: config })).key
}
