import { Problem } from '../../errors/problem.ts'
import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { readDatabaseFault } from '../database/connection/database-fault.ts'
import { withConflictRetry } from '../database/connection/database-problem.ts'
import type { Queries } from '../database/queries.ts'
import type { EventActor } from '../links/link-changes.ts'
import { objectChannel } from './object-changes.ts'

export type Renaming = { from: RemoteKey; to: RemoteKey; actor: EventActor }

/** What a renaming found and moved. `links`: those of the old key; `merged`: those of them that the new key had already. */
export type Renamed = { object: boolean; links: number; merged: number }

/**
 * Moves an object and all its links to another key, in one transaction. Each link is told as removed and, unless the new key
 * had it already, as created, so that a copy made from the events stays right. Throws Problem `object-exists`.
 */
export function renameObject(prisma: Queries, applicationId: string, renaming: Renaming): Promise<Renamed> {
  const { from, to } = renaming
  return withConflictRetry(() =>
    prisma.$transaction(async tx => {
      const object = await moveObject(tx, applicationId, from, to)
      const held = await holdLinks(tx, applicationId, from, to)
      const links = await moveLinks(tx, applicationId, renaming, held)
      // A server may remember that the new key has no object.
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
    // Pushed since we looked.
    if (readDatabaseFault(error)?.prismaCode === 'P2002') throw exists(to)
    throw error
  }
}

const exists = (to: RemoteKey) =>
  new Problem('object-exists', `The application has an object ${JSON.stringify(to)} already; nothing was changed.`)

/** What was not there before `holdLinks`: links of the new key, and links of the old one that had just been removed. */
type HeldLinks = { made: IssueKey[]; gone: IssueKey[] }

/**
 * Makes the links of the new key and holds those of both, all in the one order in which link-changes.ts locks links: a
 * conflict whose condition is never true locks the row and leaves it.
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
  // Of a link that was removed while we began nothing is left and nothing is told.
  if (gone.length > 0)
    await tx.$executeRaw`
      DELETE FROM link WHERE application_id = ${applicationId} AND issue_key = ANY (${gone}::text[])
        AND (remote_key = ${from} OR (remote_key = ${to} AND issue_key = ANY (${made}::text[])))`
  const [told] = await tx.$queryRaw<[{ links: number; merged: number }]>`
    WITH removed AS (
      DELETE FROM link AS old
      WHERE application_id = ${applicationId} AND remote_key = ${from}
        -- Not a join: of a new application the planner thinks that it has few links, and would compare all with all.
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
