import { Problem } from '../../errors/problem.ts'
import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { readDatabaseFault } from '../database/connection/database-fault.ts'
import { withConflictRetry } from '../database/connection/database-problem.ts'
import type { Queries } from '../database/queries.ts'
import type { EventActor } from '../links/link-batch.ts'
import { objectChannel } from './object-changes.ts'

/** `linksOnly`: the object is not ours to rename, since its card comes from a source. */
export type Renaming = { from: RemoteKey; to: RemoteKey; actor: EventActor; linksOnly?: boolean }

/** What was renamed. `links`: how many links the old key had; `merged`: how many of them the new key already had. */
export type Renamed = { object: boolean; links: number; merged: number }

/**
 * Moves an object and all its links to another key, in one transaction. Each link gets a `removed` event and, unless the new
 * key already had it, a `created` event, so that a copy made from the events stays correct. Throws Problem `object-exists`.
 */
export function renameObject(prisma: Queries, applicationId: string, renaming: Renaming): Promise<Renamed> {
  const { from, to, linksOnly = false } = renaming
  return withConflictRetry(() =>
    prisma.$transaction(async tx => {
      const object = !linksOnly && (await moveObject(tx, applicationId, from, to))
      const held = await holdLinks(tx, applicationId, from, to)
      const links = await moveLinks(tx, applicationId, renaming, held)
      // A server may have cached that the new key has no object.
      await tx.$queryRaw`SELECT pg_notify(${objectChannel}, ${`${applicationId} ${to}`})::text`
      return { object, ...links }
    }),
  )
}

async function moveObject(tx: Queries, applicationId: string, from: RemoteKey, to: RemoteKey): Promise<boolean> {
  const found = await tx.$queryRaw<{ key: string }[]>`
    SELECT key FROM linked_object WHERE application_id = ${applicationId} AND key IN (${from}, ${to})
    ORDER BY key COLLATE "C" FOR UPDATE`
  if (found.some(({ key }) => key === to)) throw exists(to)
  if (found.length === 0) return false
  try {
    await tx.linkedObject.update({
      where: { applicationId_key: { applicationId, key: from } },
      data: { key: to, storedAt: new Date() },
    })
    return true
  } catch (error) {
    // Pushed since the check above.
    if (readDatabaseFault(error)?.prismaCode === 'P2002') throw exists(to)
    throw error
  }
}

const exists = (to: RemoteKey) =>
  new Problem('object-exists', `The application already has an object ${JSON.stringify(to)}; nothing was changed.`)

/** Issues whose link `holdLinks` created: of the new key, and of the old one if it had just been removed there. */
type HeldLinks = { made: IssueKey[]; gone: IssueKey[] }

/**
 * Creates the links of the new key and locks those of both keys, in the same order as every `LinkStatement`, so that they
 * cannot deadlock. ON CONFLICT with a condition that is never true locks a row and does not change it.
 */
async function holdLinks(tx: Queries, applicationId: string, from: RemoteKey, to: RemoteKey): Promise<HeldLinks> {
  const rows = await tx.$queryRaw<{ issue_key: IssueKey; remote_key: RemoteKey }[]>`
    INSERT INTO link (application_id, issue_key, remote_key, issue_id, created_at)
    SELECT link.application_id, link.issue_key, ends.remote_key, link.issue_id, link.created_at
    FROM link CROSS JOIN unnest(ARRAY[${from}, ${to}]) AS ends (remote_key)
    WHERE link.application_id = ${applicationId} AND link.remote_key = ${from}
    ORDER BY link.issue_key COLLATE "C", ends.remote_key COLLATE "C"
    ON CONFLICT (application_id, issue_key, remote_key) DO UPDATE SET issue_id = link.issue_id WHERE false
    RETURNING issue_key, remote_key`
  const issuesOf = (key: RemoteKey) => rows.filter(row => row.remote_key === key).map(row => row.issue_key)
  return { made: issuesOf(to), gone: issuesOf(from) }
}

async function moveLinks(
  tx: Queries,
  applicationId: string,
  { from, to, actor }: Renaming,
  { made, gone }: HeldLinks,
): Promise<{ links: number; merged: number }> {
  // A link that was removed in the meantime was created again above: delete it, without an event.
  if (gone.length > 0)
    await tx.$executeRaw`
      DELETE FROM link WHERE application_id = ${applicationId} AND issue_key = ANY (${gone}::text[])
        AND (remote_key = ${from} OR (remote_key = ${to} AND issue_key = ANY (${made}::text[])))`
  const [told] = await tx.$queryRaw<[{ links: number; merged: number }]>`
    WITH removed AS (
      DELETE FROM link AS old
      WHERE application_id = ${applicationId} AND remote_key = ${from}
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
