import { statementsOf } from '../database/connection/statements.ts'
import { actorOf, distinctLinks, nameOf, type PlainStatement, valuesOf } from './link-batch.ts'

/** Removes links, one for each call of a batch, unless the application has moved issues. */
export const removeLinks: PlainStatement = async (database, applicationId, batch) => {
  const { links, firstOf } = distinctLinks(batch)
  const [link, another] = links
  const rows =
    link !== undefined && another === undefined
      ? await statementsOf(database)<LinkRow>(removeOneLink, [
          applicationId,
          link.issueKey,
          link.remoteKey,
          ...actorOf(batch),
        ])
      : await statementsOf(database)<LinkRow>(removeManyLinks, valuesOf(applicationId, links, batch))
  if (hasMoved(rows)) return undefined
  const removed = new Set(rows.map(rowName))
  // If several calls name one link, the first has removed it.
  return batch.map(({ links: asked, names: [name = ''] }, call) =>
    removed.has(name) && firstOf.get(name) === call ? [...asked] : [],
  )
}

const tellRemoved = `
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind, actor_login, actor_uid)
      SELECT $1, 'removed', issue_key, remote_key, issue_id, $4::actor_kind, $5::text, $6::bigint FROM removed`

/** A row without keys says that the application has moved issues. */
const movedRow = 'SELECT NULL, NULL WHERE EXISTS (SELECT FROM issue_alias WHERE application_id = $1)'

const removeOneLink = `/* remove link */
    WITH removed AS (
      DELETE FROM link
      WHERE application_id = $1 AND issue_key = $2::text AND remote_key = $3::text
        AND NOT EXISTS (SELECT FROM issue_alias WHERE application_id = $1)
      RETURNING issue_key, remote_key, issue_id
    ), told AS (${tellRemoved})
    SELECT issue_key, remote_key FROM removed UNION ALL ${movedRow}`

// The arrays stand in queries of their own, so that PostgreSQL does not look into them when it plans: with their length it hoped for
// a better plan, and planned anew each time, which took four times as long as the removal.
const removeManyLinks = `/* remove links */
    WITH asked AS (
      SELECT * FROM unnest((SELECT $2::text[]), (SELECT $3::text[])) AS asked (issue_key, remote_key)
      WHERE NOT EXISTS (SELECT FROM issue_alias WHERE application_id = $1)
      ORDER BY issue_key COLLATE "C", remote_key COLLATE "C"
    ), removed AS (
      DELETE FROM link USING asked
      WHERE link.application_id = $1 AND link.issue_key = asked.issue_key AND link.remote_key = asked.remote_key
      RETURNING link.issue_key, link.remote_key, link.issue_id
    ), told AS (${tellRemoved})
    SELECT issue_key, remote_key FROM removed UNION ALL ${movedRow}`

/**
 * For each call of a batch, removes its link if only one of those that it names is stored, and otherwise none; nothing if the
 * application has moved issues.
 */
export const removeOnlyMatches: PlainStatement = async (database, applicationId, batch) => {
  const asked = batch.flatMap(({ links }) => links)
  const calls = batch.flatMap(({ links }, call) => links.map(() => call))
  const values = [...valuesOf(applicationId, asked, batch), calls]
  const rows = await statementsOf(database)<LinkRow>(removeOnlyMatch, values)
  if (hasMoved(rows)) return undefined
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

// Without a name: its plan depends on how many links it names.
const removeOnlyMatch = `
    WITH asked AS (
      SELECT * FROM unnest($7::int[], $2::text[], $3::text[]) AS asked (call, issue_key, remote_key)
      WHERE NOT EXISTS (SELECT FROM issue_alias WHERE application_id = $1)
    ), present AS (
      SELECT * FROM (
        SELECT issue_key, remote_key, issue_id FROM link
        WHERE application_id = $1 AND (issue_key, remote_key) IN (SELECT issue_key, remote_key FROM asked)
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
      WHERE link.application_id = $1 AND link.issue_key = meant.issue_key AND link.remote_key = meant.remote_key
      RETURNING meant.*
    ), told AS (${tellRemoved})
    SELECT issue_key, remote_key FROM present UNION ALL ${movedRow}`

const hasMoved = (rows: readonly LinkRow[]) => rows.at(-1)?.issue_key === null

type LinkRow = { issue_key: string | null; remote_key: string | null }

const rowName = (row: LinkRow) => `${row.issue_key} ${row.remote_key}`
