import type { SqlQueryable } from '@prisma/driver-adapter-utils'
import { migrationLock } from '../migrations/migrate.ts'

/** What a database says of itself without touching our tables, which a migration may have locked. */
export type Look = {
  /** Milliseconds by which its clock is ahead of this machine's, at least; negative if it is behind. */
  clockAhead: number
  isStandby: boolean
  isReadOnly: boolean
  isMigrating: boolean
  user: string
  database: string
  /** Where our tables are; undefined if the role may use no schema. */
  schema: string | undefined
  lacking: readonly Lacking[]
  /** Where `move` has taken everything; undefined if it has not. */
  movedTo: string | undefined
}

/** A right that the role lacks. Without one that is `needed` links cannot be created or removed, or no card be found. */
export type Lacking = { name: string; privilege: string; needed: boolean }

/** The rights that the program uses. For a sequence one of the two is enough. */
const wanted = [
  ['link', 'SELECT INSERT UPDATE DELETE', true],
  ['link_event', 'SELECT INSERT', true],
  ['link_event_id_seq', 'USAGE,UPDATE', true],
  ['linked_object', 'SELECT', true],
  ['issue_alias', 'SELECT', true],
  // Only for pushes and for cards of sources.
  ['linked_object', 'INSERT UPDATE DELETE', false],
  // Only for the management API.
  ['api_key', 'SELECT', false],
  ['audit_record', 'SELECT INSERT', false],
  ['removed_event', 'SELECT', false],
  ['idempotent_answer', 'SELECT INSERT UPDATE DELETE', false],
  // Only for what keeps both sides alike.
  ['issue_alias', 'INSERT UPDATE DELETE', false],
  ...[
    'object_alias',
    'follower',
    'link_mirror',
    'mirror_stop',
    'rate_budget',
    'reconciliation_run',
    'plan_line',
    'issue_repairs',
  ].map(name => [name, 'SELECT INSERT UPDATE DELETE', false] as const),
  // Only for the request log.
  ['call_record', 'SELECT INSERT DELETE', false],
  // Only for the probe.
  ['probe_run', 'SELECT INSERT UPDATE DELETE', false],
  ['probe_sighting', 'SELECT INSERT DELETE', false],
] as const

const rows = wanted.flatMap(([name, privileges, needed]) =>
  privileges.split(' ').map(privilege => `'${name}', '${privilege}', ${needed}`),
)

const question = `
  SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8, pg_is_in_recovery(),
    current_setting('transaction_read_only')::boolean,
    EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
      AND classid = 0 AND objid = ${migrationLock} AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())),
    current_user::text, current_database()::text, current_schema()::text,
    (SELECT json_agg(wanted ORDER BY place)::text
      FROM (VALUES ${rows.map((row, place) => `(${row}, ${place})`).join()}) AS wanted (name, privilege, needed, place)
      JOIN pg_class ON relname = wanted.name AND relnamespace = to_regnamespace(quote_ident(current_schema()::text))
      WHERE NOT CASE relkind WHEN 'S' THEN has_sequence_privilege(pg_class.oid, privilege)
        ELSE has_table_privilege(pg_class.oid, privilege) END),
    (SELECT coalesce(obj_description(oid, 'pg_proc'), 'another database') FROM pg_proc
      WHERE proname = 'tracker_links_moved' AND pronamespace = to_regnamespace(quote_ident(current_schema()::text)))`

/** Asks the database. Throws what the driver throws. */
export async function lookAtDatabase(database: SqlQueryable): Promise<Look> {
  const sent = Date.now()
  const answer = await database.queryRaw({ sql: question, args: [], argTypes: [] })
  const received = Date.now()
  const [clock, isStandby, isReadOnly, isMigrating, user, name, schema, lacking, moved] = answer.rows[0] ?? []
  return {
    // It was read at any time between the question and the answer.
    clockAhead: Number(clock) < sent ? Number(clock) - sent : Math.max(0, Number(clock) - received),
    isStandby: isStandby === true,
    isReadOnly: isReadOnly === true,
    isMigrating: isMigrating === true,
    user: String(user),
    database: String(name),
    schema: typeof schema === 'string' ? schema : undefined,
    lacking: typeof lacking === 'string' ? JSON.parse(lacking) : [],
    movedTo: typeof moved === 'string' ? moved : undefined,
  }
}
