import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { withConflictRetry } from '../database/connection/database-problem.ts'
import type { Queries } from '../database/queries.ts'
import { Prisma } from '../prisma-client/client.ts'
import { distinctLinks, type LinkStatement, valuesOf } from './link-batch.ts'
import type { LinkKeys } from './link-keys.ts'
import { moveLinks } from './move-links.ts'

/** Former keys of objects that were renamed, and the present key of each. */
type Renamed = Record<string, RemoteKey>

/** Whoever reads the events sees that Tracker did not make the link of the present key: the mirror then makes it there. */
const renamer = { kind: 'application', login: 'rename' } as const

/** Creates all links of a batch. */
export const createLinks: LinkStatement = async (prisma, applicationId, batch) => {
  const { links, firstOf } = distinctLinks(batch)
  const { issueKey, remoteKey, actorKind, actorLogin, actorUid } = valuesOf(links, batch)
  // The answer lists the new links only if not all of them are new.
  const [told] = await prisma.$queryRaw<[{ created: string[] | null; renamed: Renamed | null }]>`
    /* create links */
    WITH created AS (
      INSERT INTO link (application_id, issue_key, remote_key)
      SELECT ${applicationId}, * FROM unnest(${issueKey}::text[], ${remoteKey}::text[]) AS asked (issue_key, remote_key)
      ORDER BY issue_key COLLATE "C", remote_key COLLATE "C"
      ON CONFLICT DO NOTHING
      RETURNING issue_key, remote_key
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind, actor_login, actor_uid)
      SELECT ${applicationId}, 'created', issue_key, remote_key,
             ${actorKind}::actor_kind, ${actorLogin}::text, ${actorUid}::bigint
      FROM created
    )
    SELECT CASE count(*) WHEN ${links.length}::int THEN NULL
           ELSE coalesce(array_agg(issue_key || ' ' || remote_key), '{}') END AS created,
           (SELECT jsonb_object_agg(alias, remote_key) FROM object_alias
            WHERE application_id = ${applicationId} AND alias = ANY (${remoteKey}::text[])
              AND ${actorKind}::text IN ('tracker', 'user')) AS renamed
    FROM created`
  if (told.renamed !== null) await followRenaming(prisma, applicationId, links, told.renamed)
  const created = told.created && new Set(told.created)
  return batch.map(({ links: asked, names }, call) =>
    asked.filter((_, index) => {
      const name = names[index] as string
      return firstOf.get(name) === call && (created === null || created.has(name))
    }),
  )
}

/**
 * Tracker linked issues to former keys of objects: the links move to the present keys, as they did when the objects were renamed.
 * So the events tell what Tracker has, and what it has not.
 */
async function followRenaming(
  prisma: Queries,
  applicationId: string,
  links: readonly LinkKeys[],
  renamed: Renamed,
): Promise<void> {
  for (const [from, to] of Object.entries(renamed) as [RemoteKey, RemoteKey][]) {
    const keys = links.filter(({ remoteKey }) => remoteKey === from).map(({ issueKey }) => issueKey)
    const issues = Prisma.sql`issue_key = ANY (${keys}::text[])`
    await withConflictRetry(() =>
      prisma.$transaction(tx => moveLinks(tx, applicationId, { from, to, actor: renamer, issues })),
    )
  }
}
