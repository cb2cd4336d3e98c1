import { statementsOf } from '../../database/connection/statements.ts'
import { followRenaming, type Renamed, renamedAmong } from '../follow-renaming.ts'
import { distinctLinks, type LinkStatement, valuesOf } from '../link-batch.ts'

/**
 * Creates all links of a batch in an application that has moved issues: an issue is one issue under all its keys. A link is stored
 * under the present key; while a move is under way it may still be stored under a former one.
 */
export const createMovedLinks: LinkStatement = async (database, applicationId, batch) => {
  const { links, firstOf } = distinctLinks(batch)
  const [told] = await statementsOf(database)<Told>(createMoved, valuesOf(applicationId, links, batch))
  const renamed = told?.renamed ?? null
  if (renamed !== null) await followRenaming(database, applicationId, links, JSON.parse(renamed) as Renamed)
  const names = [...firstOf.keys()]
  const created = new Set(told?.numbers?.map(number => names[number - 1]))
  return batch.map(({ links: asked, names }, call) =>
    asked.filter((_, index) => {
      const name = names[index] as string
      return firstOf.get(name) === call && created.has(name)
    }),
  )
}

/** The places of the new links in the question, from 1. */
type Told = { numbers: number[] | null; renamed: string | null }

const createMoved = `/* create links of moved issues */
    WITH asked AS (
      SELECT number::int, remote_key, coalesce(alias.issue_key, asked_key) AS issue_key
      FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS asked (asked_key, remote_key, number)
        LEFT JOIN issue_alias AS alias ON alias.application_id = $1 AND alias.alias = asked_key
    ), wanted AS (
      SELECT issue_key, remote_key, min(number) AS number FROM asked GROUP BY issue_key, remote_key
    ), created AS (
      INSERT INTO link (application_id, issue_key, remote_key, issue_id)
      SELECT $1, issue_key, remote_key,
             (SELECT max(issue_id) FROM issue_alias
              WHERE application_id = $1 AND issue_alias.issue_key = wanted.issue_key)
      FROM wanted
      -- Not a join: the planner takes a new application to have few links, and would read them all.
      WHERE (
        SELECT true FROM issue_alias AS former
          JOIN link ON link.application_id = $1 AND link.issue_key = former.alias
        WHERE former.application_id = $1 AND former.issue_key = wanted.issue_key
          AND link.remote_key = wanted.remote_key
        LIMIT 1) IS NULL
      ORDER BY issue_key COLLATE "C", remote_key COLLATE "C"
      ON CONFLICT DO NOTHING
      RETURNING issue_key, remote_key, issue_id
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind, actor_login, actor_uid)
      SELECT $1, 'created', issue_key, remote_key, issue_id, $4::actor_kind, $5::text, $6::bigint
      FROM created
    )
    SELECT array_agg(number) AS numbers, ${renamedAmong} AS renamed
    FROM wanted JOIN created USING (issue_key, remote_key)`
