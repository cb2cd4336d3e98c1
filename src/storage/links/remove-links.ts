import { distinctLinks, type LinkStatement, nameOf, valuesOf } from './link-batch.ts'

/** Removes links, one for each call of a batch, unless the application has moved issues. */
export const removeLinks: LinkStatement = async (prisma, applicationId, batch) => {
  const { links, firstOf } = distinctLinks(batch)
  const { issueKey, remoteKey, actorKind, actorLogin, actorUid } = valuesOf(links, batch)
  const rows = await prisma.$queryRaw<LinkRow[]>`
    /* remove links */
    WITH asked AS (
      SELECT * FROM unnest(${issueKey}::text[], ${remoteKey}::text[]) AS asked (issue_key, remote_key)
      WHERE NOT EXISTS (SELECT FROM issue_alias WHERE application_id = ${applicationId})
      ORDER BY issue_key COLLATE "C", remote_key COLLATE "C"
    ), removed AS (
      DELETE FROM link USING asked
      WHERE link.application_id = ${applicationId}
        AND link.issue_key = asked.issue_key AND link.remote_key = asked.remote_key
      RETURNING link.issue_key, link.remote_key, link.issue_id
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind, actor_login, actor_uid)
      SELECT ${applicationId}, 'removed', issue_key, remote_key, issue_id,
             ${actorKind}::actor_kind, ${actorLogin}::text, ${actorUid}::bigint
      FROM removed
    )
    SELECT issue_key, remote_key FROM removed`
  const removed = new Set(rows.map(rowName))
  // If several calls name one link, the first has removed it.
  return batch.map(({ links: asked, names: [name = ''] }, call) =>
    removed.has(name) && firstOf.get(name) === call ? [...asked] : [],
  )
}

/**
 * For each call of a batch, removes its link if only one of those that it names is stored, and otherwise none; nothing if the
 * application has moved issues.
 */
export const removeOnlyMatches: LinkStatement = async (prisma, applicationId, batch) => {
  const asked = batch.flatMap(({ links }) => links)
  const { issueKey, remoteKey, actorKind, actorLogin, actorUid } = valuesOf(asked, batch)
  const calls = batch.flatMap(({ links }, call) => links.map(() => call))
  const rows = await prisma.$queryRaw<LinkRow[]>`
    WITH asked AS (
      SELECT * FROM unnest(${calls}::int[], ${issueKey}::text[], ${remoteKey}::text[])
        AS asked (call, issue_key, remote_key)
      WHERE NOT EXISTS (SELECT FROM issue_alias WHERE application_id = ${applicationId})
    ), present AS (
      SELECT * FROM (
        SELECT issue_key, remote_key, issue_id FROM link
        WHERE application_id = ${applicationId}
          AND (issue_key, remote_key) IN (SELECT issue_key, remote_key FROM asked)
        ORDER BY issue_key COLLATE "C", remote_key COLLATE "C"
        FOR UPDATE
      ) AS locked
    ), decided AS (
      SELECT call FROM asked JOIN present USING (issue_key, remote_key) GROUP BY call HAVING count(*) = 1
    ), meant AS (
      SELECT DISTINCT issue_key, remote_key, issue_id
      FROM asked JOIN present USING (issue_key, remote_key) JOIN decided USING (call)
    ), removed AS (
      DELETE FROM link USING meant
      WHERE link.application_id = ${applicationId}
        AND link.issue_key = meant.issue_key AND link.remote_key = meant.remote_key
      RETURNING meant.*
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind, actor_login, actor_uid)
      SELECT ${applicationId}, 'removed', issue_key, remote_key, issue_id,
             ${actorKind}::actor_kind, ${actorLogin}::text, ${actorUid}::bigint
      FROM removed
    )
    SELECT issue_key, remote_key FROM present`
  const present = new Set(rows.map(rowName))
  const taken = new Set<string>()
  return batch.map(({ links, names }) => {
    const stored = links.filter((_, index) => present.has(names[index] as string))
    const [link, another] = stored
    if (!link || another) return stored
    const name = nameOf(link)
    if (taken.has(name)) return []
    taken.add(name)
    return stored
  })
}

type LinkRow = { issue_key: string; remote_key: string }

const rowName = (row: LinkRow) => `${row.issue_key} ${row.remote_key}`
