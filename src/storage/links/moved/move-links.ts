import type { IssueKey } from '../../../tracker-contract/issue-key.ts'
import { withConflictRetry } from '../../database/connection/database-problem.ts'
import type { Queries } from '../../database/queries.ts'
import { oneMoveAtATime } from './note-keys.ts'

/** A former key of an issue, of which links are to be moved. */
export type FormerKey = { issueId: string; former: IssueKey }

/** Links that moved, and how many of them the present key had as well. */
export type MovedLinks = { links: number; merged: number }

/**
 * Moves the next links of a former key to the present key of its issue, at most `most`, in one transaction; undefined if none is
 * left. No event is written: no link is made or removed. A link that both keys have becomes one, as old as the older.
 */
export function moveLinks(
  prisma: Queries,
  applicationId: string,
  { issueId, former }: FormerKey,
  most: number,
): Promise<MovedLinks | undefined> {
  const step = async (tx: Queries) => {
    const key = await presentKey(tx, applicationId, { issueId, former })
    if (key === undefined) return undefined
    const next = await tx.$queryRaw<{ remote_key: string }[]>`
      SELECT remote_key FROM link WHERE application_id = ${applicationId} AND issue_key = ${former}
      ORDER BY remote_key LIMIT ${most}`
    if (next.length === 0) return undefined
    const keys = next.map(row => row.remote_key)
    const { made, gone } = await holdLinks(tx, applicationId, { issueId, former, key, keys })
    // A link that was removed in the meantime was created again to lock it: delete it, with what was made for it.
    if (gone.length > 0)
      await tx.$executeRaw`
        DELETE FROM link WHERE application_id = ${applicationId} AND remote_key = ANY (${gone}::text[])
          AND (issue_key = ${former} OR (issue_key = ${key} AND remote_key = ANY (${made}::text[])))`
    const [told] = await tx.$queryRaw<[MovedLinks]>`
      WITH moved AS (
        DELETE FROM link WHERE application_id = ${applicationId} AND issue_key = ${former}
          AND remote_key = ANY (${keys}::text[])
        RETURNING remote_key, created_at
      ), merged AS (
        UPDATE link SET issue_id = ${issueId}, created_at = least(link.created_at, moved.created_at) FROM moved
        WHERE link.application_id = ${applicationId} AND link.issue_key = ${key}
          AND link.remote_key = moved.remote_key AND link.remote_key <> ALL (${made}::text[])
        RETURNING link.remote_key
      )
      SELECT (SELECT count(*)::int FROM moved) AS links, (SELECT count(*)::int FROM merged) AS merged`
    return told
  }
  return withConflictRetry(() => prisma.$transaction(step))
}

/** The key that the issue has now; undefined if it has the former one again. */
export async function presentKey(
  tx: Queries,
  applicationId: string,
  { issueId, former }: FormerKey,
): Promise<IssueKey | undefined> {
  await oneMoveAtATime(tx, applicationId, issueId)
  const alias = await tx.issueAlias.findUnique({ where: { applicationId_alias: { applicationId, alias: former } } })
  return alias?.issueId === issueId ? (alias.issueKey as IssueKey) : undefined
}

/** Objects whose link `holdLinks` created: at the present key, and at the former one if it had just been removed there. */
type HeldLinks = { made: string[]; gone: string[] }

/**
 * Creates the links of the present key and locks those of both keys, in the same order as every `LinkStatement`, so that they
 * cannot deadlock. ON CONFLICT with a condition that is never true locks a row and does not change it.
 */
async function holdLinks(
  tx: Queries,
  applicationId: string,
  { issueId, former, key, keys }: FormerKey & { key: IssueKey; keys: readonly string[] },
): Promise<HeldLinks> {
  const rows = await tx.$queryRaw<{ issue_key: string; remote_key: string }[]>`
    INSERT INTO link (application_id, issue_key, remote_key, issue_id, created_at)
    SELECT ${applicationId}, ends.issue_key, link.remote_key, ${issueId}, link.created_at
    FROM (SELECT remote_key, created_at FROM link WHERE application_id = ${applicationId} AND issue_key = ${former}
            AND remote_key = ANY (${[...keys]}::text[])) AS link
      CROSS JOIN unnest(ARRAY[${former}, ${key}]) AS ends (issue_key)
    ORDER BY ends.issue_key COLLATE "C", link.remote_key COLLATE "C"
    ON CONFLICT (application_id, issue_key, remote_key) DO UPDATE SET issue_id = link.issue_id WHERE false
    RETURNING issue_key, remote_key`
  const objectsOf = (issueKey: string) => rows.filter(row => row.issue_key === issueKey).map(row => row.remote_key)
  return { made: objectsOf(key), gone: objectsOf(former) }
}
