import type { SqlQueryable } from '@prisma/driver-adapter-utils'
import { quoteIdentifier } from '../connection/quote-identifier.ts'
import { StorageFault } from '../storage-fault.ts'

// A role without USAGE has no current schema: then `public` is where the tables would be.
const question = `
  WITH home AS (SELECT coalesce(current_schema()::text, 'public') AS name)
  SELECT current_user::text, current_database()::text, home.name, to_regnamespace(quote_ident(home.name)) IS NOT NULL,
    has_schema_privilege(to_regnamespace(quote_ident(home.name)), 'USAGE'),
    has_schema_privilege(to_regnamespace(quote_ident(home.name)), 'CREATE'),
    has_table_privilege((SELECT oid FROM pg_class
      WHERE relnamespace = to_regnamespace(quote_ident(home.name)) AND relname = '_prisma_migrations'), 'SELECT'),
    (SELECT min(pg_get_userbyid(relowner)::text) FROM pg_class
      WHERE relnamespace = to_regnamespace(quote_ident(home.name)) AND relkind IN ('r', 'p')
        AND NOT pg_has_role(relowner, 'USAGE')),
    current_setting('transaction_read_only')::boolean
  FROM home`

type Rights = {
  user: string
  database: string
  schema: string
  exists: boolean
  usage: boolean
  create: boolean
  /** Undefined if there is no such table. */
  readsNotes: boolean | undefined
  /** The owner of a table that belongs to another role. */
  otherOwner: string | undefined
  readOnly: boolean
}

/**
 * Throws StorageFault `rights-missing`, with the SQL that gives the right, if the role may not see how far the schema is
 * migrated. PostgreSQL's own message names neither the role nor what to do.
 */
export async function refuseUnreadableSchema(database: SqlQueryable): Promise<void> {
  const rights = await readRights(database)
  const { schema, user } = rights
  if (rights.readsNotes !== false) return
  const [home, role] = [schema, user].map(quoteIdentifier)
  throw missing(rights, `SELECT on table "_prisma_migrations"`, [
    `GRANT USAGE ON SCHEMA ${home} TO ${role};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${home} TO ${role};`,
    `GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${home} TO ${role};`,
  ])
}

/**
 * The same if the role may not create the tables, or change those that are there. From PostgreSQL 15 on the first is usual.
 * Throws StorageFault `database-refused` if nobody may.
 */
export async function refuseMissingRights(database: SqlQueryable): Promise<void> {
  const rights = await readRights(database)
  const [home, role] = [rights.schema, rights.user].map(quoteIdentifier)
  if (rights.readOnly)
    throw new StorageFault(
      'database-refused',
      `The database ${quoteIdentifier(rights.database)} lacks tables of this version and takes no changes: it is a standby, or default_transaction_read_only is on. Point DATABASE_URL at the primary, or make it writable. Nothing was changed.`,
    )
  if (!rights.exists) throw missing(rights, 'a schema', [`CREATE SCHEMA ${home} AUTHORIZATION ${role};`])
  const lacking = [!rights.usage && 'USAGE', !rights.create && 'CREATE'].filter(right => right !== false)
  if (lacking.length > 0)
    throw missing(rights, `${lacking.join(' and ')} on schema ${home}`, [
      `GRANT USAGE, CREATE ON SCHEMA ${home} TO ${role};`,
    ])
  if (rights.otherOwner !== undefined) {
    const owner = quoteIdentifier(rights.otherOwner)
    throw missing(
      rights,
      `the right to change tables that belong to ${owner}`,
      [`GRANT ${owner} TO ${role};`],
      ' Or run `tracker-links migrate` with the address of that role.',
    )
  }
}

function missing({ user, database }: Rights, what: string, sql: readonly string[], otherwise = ''): StorageFault {
  return new StorageFault(
    'rights-missing',
    `The role ${quoteIdentifier(user)} lacks ${what} in the database ${quoteIdentifier(database)}. Nothing was changed. Connect to that database as its owner or an administrator, and run: ${sql.join(' ')}${otherwise}`,
  )
}

async function readRights(database: SqlQueryable): Promise<Rights> {
  const { rows } = await database.queryRaw({ sql: question, args: [], argTypes: [] })
  const [user, name, schema, exists, usage, create, readsNotes, otherOwner, readOnly] = rows[0] ?? []
  return {
    user: String(user),
    database: String(name),
    schema: String(schema),
    exists: exists === true,
    usage: usage === true,
    create: create === true,
    readsNotes: typeof readsNotes === 'boolean' ? readsNotes : undefined,
    otherOwner: typeof otherOwner === 'string' ? otherOwner : undefined,
    readOnly: readOnly === true,
  }
}
