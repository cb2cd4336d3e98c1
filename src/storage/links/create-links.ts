import { distinctLinks, type LinkStatement, valuesOf } from './link-batch.ts'

/** Creates all links of a batch, unless the application has moved issues. */
export const createLinks: LinkStatement = async (prisma, applicationId, batch) => {
  const { links, firstOf } = distinctLinks(batch)
  const { issueKey, remoteKey, actorKind, actorLogin, actorUid } = valuesOf(links, batch)
  // The answer lists the new links only if not all of them are new.
  const [told] = await prisma.$queryRaw<[{ created: string[] | null }]>`
    /* create links */
    WITH created AS (
      INSERT INTO link (application_id, issue_key, remote_key)
      SELECT ${applicationId}, * FROM unnest(${issueKey}::text[], ${remoteKey}::text[]) AS asked (issue_key, remote_key)
      WHERE NOT EXISTS (SELECT FROM issue_alias WHERE application_id = ${applicationId})
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
           ELSE coalesce(array_agg(issue_key || ' ' || remote_key), '{}') END AS created
    FROM created`
  const created = told.created && new Set(told.created)
  return batch.map(({ links: asked, names }, call) =>
    asked.filter((_, index) => {
      const name = names[index] as string
      return firstOf.get(name) === call && (created === null || created.has(name))
    }),
  )
}
