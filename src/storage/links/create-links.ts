import { statementsOf } from '../database/connection/statements.ts'
import type { Queries } from '../database/queries.ts'
import { followRenaming, type Renamed, renamedAmong } from './follow-renaming.ts'
import { actorOf, distinctLinks, type LinkBatch, type PlainStatement, valuesOf } from './link-batch.ts'
import type { LinkKeys } from './link-keys.ts'

/**
 * Creates all links of a batch, unless the application has moved issues. A single link has a statement of its own: most calls come
 * alone and name one, and arrays, their order and a list as the answer cost PostgreSQL a third more.
 */
export const createLinks: PlainStatement = async (database, applicationId, batch) => {
  const { links, firstOf } = distinctLinks(batch)
  const [link, another] = links
  const made =
    link !== undefined && another === undefined
      ? await createOne(database, applicationId, link, batch)
      : await createMany(database, applicationId, links, batch)
  if (made === undefined) return undefined
  const { created, renamed } = made
  if (renamed !== undefined) await followRenaming(database, applicationId, links, renamed)
  return batch.map(({ links: asked, names }, call) =>
    asked.filter((_, index) => {
      const name = names[index] as string
      return firstOf.get(name) === call && (created === 'all' || created.has(name))
    }),
  )
}

/** The names of the new links, and which keys were former ones. */
type Made = { created: 'all' | ReadonlySet<string>; renamed: Renamed | undefined }

const none: ReadonlySet<string> = new Set()

const tellCreated = `
  INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind, actor_login, actor_uid)
  SELECT $1, 'created', issue_key, remote_key, $4::actor_kind, $5::text, $6::bigint FROM created`

// What is asked twice is asked of one snapshot, and costs less than a place to keep the answer.
const createOneLink = `/* create link */
  WITH created AS (
    INSERT INTO link (application_id, issue_key, remote_key)
    SELECT $1, $2::text, $3::text WHERE NOT EXISTS (SELECT FROM issue_alias WHERE application_id = $1)
    ON CONFLICT DO NOTHING
    RETURNING issue_key, remote_key
  ), told AS (${tellCreated})
  SELECT EXISTS (SELECT FROM created) AS created,
         EXISTS (SELECT FROM issue_alias WHERE application_id = $1) AS moved,
         (SELECT remote_key FROM object_alias
          WHERE $4::text IN ('tracker', 'user') AND application_id = $1 AND alias = $3) AS renamed`

async function createOne(
  database: Queries,
  applicationId: string,
  { issueKey, remoteKey }: LinkKeys,
  batch: LinkBatch,
): Promise<Made | undefined> {
  type Told = { created: boolean; moved: boolean; renamed: LinkKeys['remoteKey'] | null }
  const values = [applicationId, issueKey, remoteKey, ...actorOf(batch)]
  const [told] = await statementsOf(database)<Told>(createOneLink, values)
  if (told === undefined || told.moved) return undefined
  return {
    created: told.created ? 'all' : none,
    renamed: told.renamed === null ? undefined : { [remoteKey]: told.renamed },
  }
}

// The answer lists the new links only if not all of them are new.
const createManyLinks = `/* create links */
  WITH created AS (
    INSERT INTO link (application_id, issue_key, remote_key)
    SELECT $1, * FROM unnest($2::text[], $3::text[]) AS asked (issue_key, remote_key)
    WHERE NOT EXISTS (SELECT FROM issue_alias WHERE application_id = $1)
    ORDER BY issue_key COLLATE "C", remote_key COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING issue_key, remote_key
  ), told AS (${tellCreated})
  SELECT CASE count(*) WHEN cardinality($3::text[]) THEN NULL
         ELSE coalesce(array_agg(issue_key || ' ' || remote_key), '{}') END AS created,
         EXISTS (SELECT FROM issue_alias WHERE application_id = $1) AS moved,
         ${renamedAmong} AS renamed
  FROM created`

async function createMany(
  database: Queries,
  applicationId: string,
  links: readonly LinkKeys[],
  batch: LinkBatch,
): Promise<Made | undefined> {
  type Told = { created: string[] | null; moved: boolean; renamed: string | null }
  const [told] = await statementsOf(database)<Told>(createManyLinks, valuesOf(applicationId, links, batch))
  if (told === undefined || told.moved) return undefined
  return {
    created: told.created === null ? 'all' : new Set(told.created),
    renamed: told.renamed === null ? undefined : (JSON.parse(told.renamed) as Renamed),
  }
}
