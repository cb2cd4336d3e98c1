import { statementsOf } from '../database/connection/statements.ts'
import type { Queries } from '../database/queries.ts'
import { followRenaming, type Renamed, renamedAmong } from './follow-renaming.ts'
import { actorOf, distinctLinks, type LinkBatch, type PlainStatement } from './link-batch.ts'
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

// First each issue is looked at: Tracker often names links that exist, and to find all of an issue's in one stretch of the primary key
// costs a hundredth of trying to insert them. What this looks at is the state when the statement began: a link that is removed in the
// meantime did exist. The comparison with an empty key is always true; without it the planner may take the other index, where the links of an
// issue are far apart. Arrays stand in queries of their own, see remove-links.ts. The answer lists the new links only if not all are new.
const createManyLinks = `/* create links */
  WITH asked AS MATERIALIZED (
    SELECT issue_key, keys
    FROM (
      SELECT issue_key, (SELECT $3::text[])[first:last] AS keys
      FROM unnest((SELECT $2::text[]), (SELECT $7::int[]), (SELECT $8::int[])) AS part (issue_key, first, last)
      OFFSET 0
    ) AS part
    WHERE NOT EXISTS (SELECT FROM issue_alias WHERE application_id = $1)
      AND cardinality(keys) > (
        SELECT count(*) FROM link
        WHERE application_id = $1 AND link.issue_key = part.issue_key AND remote_key = ANY (part.keys)
          AND (link.issue_key, remote_key) > (part.issue_key, ''))
  ), created AS (
    INSERT INTO link (application_id, issue_key, remote_key)
    SELECT $1, issue_key, remote_key FROM asked CROSS JOIN unnest(keys) AS remote_key
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
  const parts = partsOf(links)
  const [told] = await statementsOf(database)<Told>(createManyLinks, [
    applicationId,
    parts.issueKeys,
    parts.remoteKeys,
    ...actorOf(batch),
    parts.firsts,
    parts.lasts,
  ])
  if (told === undefined || told.moved) return undefined
  return {
    created: told.created === null ? 'all' : new Set(told.created),
    renamed: told.renamed === null ? undefined : (JSON.parse(told.renamed) as Renamed),
  }
}

/** Each issue once, and the places of its first and last key among all keys, from 1. */
function partsOf(links: readonly LinkKeys[]) {
  const keysOf = new Map<string, string[]>()
  for (const { issueKey, remoteKey } of links) {
    const known = keysOf.get(issueKey)
    if (known === undefined) keysOf.set(issueKey, [remoteKey])
    else known.push(remoteKey)
  }
  let last = 0
  const lasts = Array.from(keysOf.values(), keys => (last += keys.length))
  return {
    issueKeys: [...keysOf.keys()],
    remoteKeys: [...keysOf.values()].flat(),
    firsts: lasts.map((_, index) => (lasts[index - 1] ?? 0) + 1),
    lasts,
  }
}
