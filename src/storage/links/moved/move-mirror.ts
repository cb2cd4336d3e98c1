import { withConflictRetry } from '../../database/connection/database-problem.ts'
import type { Queries } from '../../database/queries.ts'
import { type FormerKey, presentKey } from './move-links.ts'

/**
 * Moves the next rows of `link_mirror` from a former key to the present key of its issue, at most `most`, in one transaction;
 * false if none is left. A claim goes with its row: who holds it can no longer finish, so that the next one looks before it sends
 * anything. Of a link that both keys have nobody knows what Tracker has: it is in doubt, and due.
 */
export function moveMirror(
  prisma: Queries,
  applicationId: string,
  { issueId, former }: FormerKey,
  most: number,
): Promise<boolean> {
  const step = async (tx: Queries) => {
    const key = await presentKey(tx, applicationId, { issueId, former })
    if (key === undefined) return false
    const next = await tx.$queryRaw<{ remote_key: string }[]>`
      SELECT remote_key FROM link_mirror WHERE application_id = ${applicationId} AND issue_key = ${former}
      ORDER BY remote_key LIMIT ${most}`
    if (next.length === 0) return false
    const keys = next.map(row => row.remote_key)
    await tx.$queryRaw`
      SELECT remote_key FROM link_mirror WHERE application_id = ${applicationId}
        AND issue_key IN (${former}, ${key}) AND remote_key = ANY (${keys}::text[])
      ORDER BY issue_key COLLATE "C", remote_key COLLATE "C" FOR UPDATE`
    await tx.$executeRaw`
      WITH moved AS (
        DELETE FROM link_mirror WHERE application_id = ${applicationId} AND issue_key = ${former}
          AND remote_key = ANY (${keys}::text[])
        RETURNING *
      )
      INSERT INTO link_mirror AS known (application_id, issue_key, remote_key, wanted, generation, changed_at, agreed,
        agreed_generation, remote_link_id, in_doubt, attempts, next_at, last_error, last_error_detail, lease_until,
        lease_token)
      SELECT application_id, ${key}, remote_key,
        -- Used only where both keys have the link: what is here decides.
        CASE WHEN EXISTS (SELECT FROM link_mirror AS other WHERE other.application_id = moved.application_id
                            AND other.issue_key = ${key} AND other.remote_key = moved.remote_key)
          THEN CASE WHEN EXISTS (SELECT FROM link WHERE link.application_id = moved.application_id
                                   AND link.issue_key IN (${former}, ${key}) AND link.remote_key = moved.remote_key)
            THEN 'linked' ELSE 'absent' END::link_state
          ELSE wanted END,
        generation, changed_at, agreed, agreed_generation, remote_link_id, in_doubt, attempts, next_at, last_error,
        last_error_detail, lease_until, lease_token
      FROM moved ORDER BY remote_key COLLATE "C"
      ON CONFLICT (application_id, issue_key, remote_key) DO UPDATE SET
        wanted = excluded.wanted, generation = greatest(known.generation, excluded.generation) + 1,
        changed_at = greatest(known.changed_at, excluded.changed_at), in_doubt = true, attempts = 0,
        next_at = greatest(known.changed_at, excluded.changed_at), last_error = NULL, last_error_detail = NULL,
        remote_link_id = coalesce(known.remote_link_id, excluded.remote_link_id)`
    return true
  }
  return withConflictRetry(() => prisma.$transaction(step))
}
