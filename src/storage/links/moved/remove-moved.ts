import { statementsOf } from '../../database/connection/statements.ts'
import type { Queries } from '../../database/queries.ts'
import { type LinkBatch, type LinkStatement, valuesOf } from '../link-batch.ts'
import type { LinkKeys } from '../link-keys.ts'

/**
 * For each call of a batch, removes its link if only one of those that it names is stored, and otherwise none, in an application
 * that has moved issues: whichever key of the issue is named, and under whichever the link is stored.
 */
export const removeMovedLinks: LinkStatement = async (database, applicationId, batch) => {
  const stored = batch.map((): LinkKeys[] => [])
  const taken = new Set<string>()
  for (let rest = [...batch.keys()]; rest.length > 0; ) {
    const { found, hasMoved } = await removeOnce(
      database,
      applicationId,
      rest.map(call => batch[call]) as unknown as LinkBatch,
    )
    for (const { call, link, name } of found) {
      const alone = found.filter(other => other.call === call).length === 1
      // If several calls name one link, the first has removed it.
      if (alone && taken.has(name)) continue
      if (alone) taken.add(name)
      stored[rest[call] as number]?.push(link)
    }
    if (!hasMoved) break
    // What was seen was moved, or removed by others, before it could be locked: it may be found where it is now.
    const seen = new Set(found.map(({ call }) => call))
    rest = rest.filter((_, call) => !seen.has(call))
  }
  return stored
}

type Found = { call: number; link: LinkKeys; name: string }

async function removeOnce(
  database: Queries,
  applicationId: string,
  batch: LinkBatch,
): Promise<{ found: Found[]; hasMoved: boolean }> {
  const asked = batch.flatMap(({ links }) => links)
  const calls = batch.flatMap(({ links }, call) => links.map(() => call))
  const values = [...valuesOf(applicationId, asked, batch), calls]
  const [told] = await statementsOf(database)<Told>(removeMoved, values)
  const stored = JSON.parse(told?.stored ?? '[]') as [number, string, string][]
  const found = stored.map(([number, present, remote]) => ({
    call: calls[number - 1] as number,
    link: asked[number - 1] as LinkKeys,
    name: `${present} ${remote}`,
  }))
  return { found, hasMoved: told?.moved === true }
}

/** Of the links that are stored: their places in the question from 1, present issue keys and objects, as JSON. */
type Told = { stored: string | null; moved: boolean }

const removeMoved = `/* remove links of moved issues */
    WITH asked AS (
      SELECT call, number::int, remote_key, coalesce(alias.issue_key, asked_key) AS present
      FROM unnest($7::int[], $2::text[], $3::text[]) WITH ORDINALITY
          AS asked (call, asked_key, remote_key, number)
        LEFT JOIN issue_alias AS alias ON alias.application_id = $1 AND alias.alias = asked_key
    ), named AS (
      SELECT call, number, remote_key, present, present AS issue_key FROM asked
      UNION ALL
      SELECT call, number, remote_key, present, former.alias FROM asked
        JOIN issue_alias AS former ON former.application_id = $1 AND former.issue_key = present
    ), seen AS (
      SELECT count(*) AS number FROM link
      WHERE application_id = $1 AND (issue_key, remote_key) IN (SELECT issue_key, remote_key FROM named)
    ), locked AS (
      SELECT * FROM (
        SELECT issue_key, remote_key FROM link
        WHERE application_id = $1 AND (issue_key, remote_key) IN (SELECT issue_key, remote_key FROM named)
        ORDER BY issue_key COLLATE "C", remote_key COLLATE "C"
        FOR UPDATE
      ) AS locked
    ), stored AS (
      SELECT call, present, remote_key, min(number) AS number
      FROM named JOIN locked USING (issue_key, remote_key) GROUP BY call, present, remote_key
    ), decided AS (
      SELECT call FROM stored GROUP BY call HAVING count(*) = 1
    ), meant AS (
      SELECT DISTINCT named.issue_key, remote_key, present
      FROM decided JOIN stored USING (call) JOIN named USING (call, present, remote_key)
    ), removed AS (
      DELETE FROM link USING meant
      WHERE link.application_id = $1
        AND link.issue_key = meant.issue_key AND link.remote_key = meant.remote_key
      RETURNING meant.present, link.remote_key, link.issue_id
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind, actor_login, actor_uid)
      SELECT $1, 'removed', present, remote_key, max(issue_id),
             $4::actor_kind, $5::text, $6::bigint
      FROM removed GROUP BY present, remote_key
    )
    SELECT (SELECT json_agg(json_build_array(number, present, remote_key) ORDER BY number) FROM stored)::text AS stored,
           (SELECT number FROM seen) > (SELECT count(*) FROM locked) AS moved`
