import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Queries } from '../database/queries.ts'
import type { Prisma } from '../prisma-client/client.ts'
import type { EventActor } from './link-batch.ts'

/** Links of one key that become links of another: those of the issues that the condition `issues` names. */
export type Moving = { from: RemoteKey; to: RemoteKey; actor: EventActor; issues: Prisma.Sql }

/** `links`: how many links moved; `merged`: how many of them the new key already had. */
export type MovedLinks = { links: number; merged: number }

/**
 * Moves links to another key, within a transaction. Each gets a `removed` event and, unless the new key already had it, a
 * `created` event.
 */
export async function moveLinks(tx: Queries, applicationId: string, moving: Moving): Promise<MovedLinks> {
  return moveHeldLinks(tx, applicationId, moving, await holdLinks(tx, applicationId, moving))
}

/** Issues whose link `holdLinks` created: of the new key, and of the old one if it had just been removed there. */
type HeldLinks = { made: IssueKey[]; gone: IssueKey[] }

/**
 * Creates the links of the new key and locks those of both keys, in the same order as every `LinkStatement`, so that they
 * cannot deadlock. ON CONFLICT with a condition that is never true locks a row and does not change it.
 */
async function holdLinks(tx: Queries, applicationId: string, { from, to, issues }: Moving): Promise<HeldLinks> {
  const rows = await tx.$queryRaw<{ issue_key: IssueKey; remote_key: RemoteKey }[]>`
    INSERT INTO link (application_id, issue_key, remote_key, issue_id, created_at)
    SELECT link.application_id, link.issue_key, ends.remote_key, link.issue_id, link.created_at
    FROM (SELECT * FROM link WHERE application_id = ${applicationId} AND remote_key = ${from} AND ${issues}) AS link
      CROSS JOIN unnest(ARRAY[${from}, ${to}]) AS ends (remote_key)
    ORDER BY link.issue_key COLLATE "C", ends.remote_key COLLATE "C"
    ON CONFLICT (application_id, issue_key, remote_key) DO UPDATE SET issue_id = link.issue_id WHERE false
    RETURNING issue_key, remote_key`
  const issuesOf = (key: RemoteKey) => rows.filter(row => row.remote_key === key).map(row => row.issue_key)
  return { made: issuesOf(to), gone: issuesOf(from) }
}

async function moveHeldLinks(
  tx: Queries,
  applicationId: string,
  { from, to, actor, issues }: Moving,
  { made, gone }: HeldLinks,
): Promise<MovedLinks> {
  // A link that was removed in the meantime was created again above: delete it, without an event.
  if (gone.length > 0)
    await tx.$executeRaw`
      DELETE FROM link WHERE application_id = ${applicationId} AND issue_key = ANY (${gone}::text[])
        AND (remote_key = ${from} OR (remote_key = ${to} AND issue_key = ANY (${made}::text[])))`
  const [told] = await tx.$queryRaw<[MovedLinks]>`
    WITH removed AS (
      DELETE FROM link AS old
      WHERE application_id = ${applicationId} AND remote_key = ${from} AND ${issues}
        -- Not a join: the planner takes a new application to have few links, and would compare all with all.
        AND (SELECT true FROM link WHERE application_id = ${applicationId} AND issue_key = old.issue_key
                                     AND remote_key = ${to})
      RETURNING old.issue_key, old.issue_id, old.issue_key <> ALL (${made}::text[]) AS is_merged
    ), happened AS (
      SELECT issue_key, issue_id, 'removed'::link_event_kind AS kind, ${from}::text AS remote_key FROM removed
      UNION ALL
      SELECT issue_key, issue_id, 'created', ${to}::text FROM removed WHERE NOT is_merged
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind, actor_login, actor_uid)
      SELECT ${applicationId}, kind, issue_key, remote_key, issue_id,
             ${actor.kind}::actor_kind, ${actor.login ?? null}::text, ${actor.uid?.toString() ?? null}::bigint
      FROM happened
      ORDER BY issue_key COLLATE "C", kind DESC
    )
    SELECT count(*)::int AS links, (count(*) FILTER (WHERE is_merged))::int AS merged FROM removed`
  return told
}
