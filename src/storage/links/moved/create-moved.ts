import { distinctLinks, type LinkStatement, valuesOf } from '../link-batch.ts'

/**
 * Creates all links of a batch in an application that has moved issues: an issue is one issue under all its keys. A link is stored
 * under the present key; while a move is under way it may still be stored under a former one.
 */
export const createMovedLinks: LinkStatement = async (prisma, applicationId, batch) => {
  const { links, firstOf } = distinctLinks(batch)
  const { issueKey, remoteKey, actorKind, actorLogin, actorUid } = valuesOf(links, batch)
  const rows = await prisma.$queryRaw<{ number: number }[]>`
    /* create links of moved issues */
    WITH asked AS (
      SELECT number::int, remote_key, coalesce(alias.issue_key, asked_key) AS issue_key
      FROM unnest(${issueKey}::text[], ${remoteKey}::text[]) WITH ORDINALITY AS asked (asked_key, remote_key, number)
        LEFT JOIN issue_alias AS alias ON alias.application_id = ${applicationId} AND alias.alias = asked_key
    ), wanted AS (
      SELECT issue_key, remote_key, min(number) AS number FROM asked GROUP BY issue_key, remote_key
    ), created AS (
      INSERT INTO link (application_id, issue_key, remote_key, issue_id)
      SELECT ${applicationId}, issue_key, remote_key,
             (SELECT max(issue_id) FROM issue_alias
              WHERE application_id = ${applicationId} AND issue_alias.issue_key = wanted.issue_key)
      FROM wanted
      -- Not a join: the planner takes a new application to have few links, and would read them all.
      WHERE (
        SELECT true FROM issue_alias AS former
          JOIN link ON link.application_id = ${applicationId} AND link.issue_key = former.alias
        WHERE former.application_id = ${applicationId} AND former.issue_key = wanted.issue_key
          AND link.remote_key = wanted.remote_key
        LIMIT 1) IS NULL
      ORDER BY issue_key COLLATE "C", remote_key COLLATE "C"
      ON CONFLICT DO NOTHING
      RETURNING issue_key, remote_key, issue_id
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind, actor_login, actor_uid)
      SELECT ${applicationId}, 'created', issue_key, remote_key, issue_id,
             ${actorKind}::actor_kind, ${actorLogin}::text, ${actorUid}::bigint
      FROM created
    )
    SELECT number FROM wanted JOIN created USING (issue_key, remote_key)`
  const names = [...firstOf.keys()]
  const created = new Set(rows.map(({ number }) => names[number - 1]))
  return batch.map(({ links: asked, names }, call) =>
    asked.filter((_, index) => {
      const name = names[index] as string
      return firstOf.get(name) === call && created.has(name)
    }),
  )
}
