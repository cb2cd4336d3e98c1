import { Client } from 'pg'
import { type BackedUpTable, backedUpTables, type LinkSet } from './backup-format.ts'

/** A connection of its own, without the time limits of calls: a backup takes as long as it takes. */
export async function withSession<T>(databaseUrl: string, work: (session: Client) => Promise<T>): Promise<T> {
  const session = new Client({
    connectionString: databaseUrl,
    application_name: 'tracker-links backup',
    keepAlive: true,
  })
  const broken = new Promise<never>((_resolve, reject) => {
    // Not `once`: a broken connection may emit several.
    session.on('error', reject)
  })
  broken.catch(() => {})
  await session.connect()
  try {
    await session.query("SET TIME ZONE 'UTC'")
    return await Promise.race([work(session), broken])
  } finally {
    // It ends a transaction that is still open: by rolling it back.
    await session.end().catch(() => {})
  }
}

/** How many rows each table has. */
export async function countRows(session: Client): Promise<Record<BackedUpTable, number>> {
  const counts = backedUpTables.map(table => `(SELECT count(*) FROM ${table})::int AS ${table}`)
  return (await session.query(`SELECT ${counts.join(', ')}`)).rows[0]
}

/**
 * The set of links that a session sees. The hash is the sum over all links of two halves of an MD5: PostgreSQL computes it the
 * same in every version, in any order, without sorting them.
 */
export async function readLinkSet(session: Client): Promise<LinkSet> {
  const half = (from: number) =>
    `coalesce(sum(('x' || substr(digest, ${from}, 16))::bit(64)::bigint::numeric), 0)::text`
  const { rows } = await session.query(`
    SELECT count(*)::int AS links, ${half(1)} || ':' || ${half(17)} AS hash
    FROM (SELECT md5(jsonb_build_array(application_id, issue_key, remote_key, issue_id)::text) AS digest FROM link) AS digests`)
  return rows[0]
}

export const isSameSet = (one: LinkSet, other: LinkSet): boolean => one.links === other.links && one.hash === other.hash

/** Lets nobody change the tables until the transaction ends; they can be read meanwhile. */
export async function stopChanges(session: Client): Promise<void> {
  await session.query("SET LOCAL lock_timeout = '30s'")
  await session.query(`LOCK TABLE ${backedUpTables.join(', ')} IN EXCLUSIVE MODE`)
}

/** The names of the migrations that made the tables. */
export async function readMigrationNames(session: Client): Promise<string[]> {
  const { rows } = await session.query(
    'SELECT migration_name AS name FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name',
  )
  return rows.map(({ name }: { name: string }) => name)
}

const eventIds = `pg_get_serial_sequence('link_event', 'id')`

/** The last id of an event that was given out, also to a transaction that is still open; 0 if there was none. */
export async function readLastEvent(session: Client): Promise<string> {
  const { rows } = await session.query(
    `SELECT coalesce(pg_sequence_last_value(${eventIds}::regclass), 0)::text AS last`,
  )
  return rows[0].last
}

/** Lets the next event get a higher id than all before, so that cursors of readers stay in order. */
export async function continueEvents(session: Client, last: string): Promise<void> {
  if (last !== '0') await session.query(`SELECT setval(${eventIds}::regclass, $1::bigint)`, [last])
}
