import type { IssueKey } from '../../../tracker-contract/issue-key.ts'
import { withConflictRetry } from '../../database/connection/database-problem.ts'
import type { Queries } from '../../database/queries.ts'
import { type FormerKey, presentKey } from './move-links.ts'

/**
 * Moves the next rows of `link_mirror` from a former key to the present key of its issue, at most `most`, in one transaction;
 * false if none is left. A claim goes with its row: who holds it can no longer finish, so that the next one looks before it sends
 * anything. What both keys have is merged, as `merge` in src/reconciliation/mirror/protocol.ts says.
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
    const rows = { applicationId, former, key, remoteKeys: next.map(row => row.remote_key) }
    await tx.$queryRaw`
      SELECT remote_key FROM link_mirror WHERE application_id = ${applicationId}
        AND issue_key IN (${former}, ${key}) AND remote_key = ANY (${rows.remoteKeys}::text[])
      ORDER BY issue_key COLLATE "C", remote_key COLLATE "C" FOR UPDATE`
    await mergeRows(tx, rows)
    await tx.$executeRaw`
      UPDATE link_mirror SET issue_key = ${key}
      WHERE application_id = ${applicationId} AND issue_key = ${former} AND remote_key = ANY (${rows.remoteKeys}::text[])`
    return true
  }
  return withConflictRetry(() => prisma.$transaction(step))
}

type Rows = { applicationId: string; former: IssueKey; key: IssueKey; remoteKeys: readonly string[] }

/** Merges rows that are locked into those of the present key, where that has the link as well. */
async function mergeRows(tx: Queries, { applicationId, former, key, remoteKeys }: Rows): Promise<void> {
  await tx.$executeRaw`
    WITH pair AS (
      SELECT one.*, other.wanted AS other_wanted, other.generation AS other_generation,
        other.agreed_generation AS other_agreed_generation, other.next_at AS other_next_at,
        other.lease_token AS other_lease_token,
        CASE WHEN EXISTS (
          SELECT FROM link WHERE link.application_id = one.application_id AND link.issue_key IN (${former}, ${key})
            AND link.remote_key = one.remote_key
        ) THEN 'linked' ELSE 'absent' END::link_state AS here
      FROM link_mirror AS one
        JOIN link_mirror AS other ON other.application_id = one.application_id AND other.issue_key = ${key}
          AND other.remote_key = one.remote_key
      WHERE one.application_id = ${applicationId} AND one.issue_key = ${former}
        AND one.remote_key = ANY (${[...remoteKeys]}::text[])
    ), judged AS (
      SELECT *,
        wanted = here AND agreed_generation = generation AS is_settled,
        other_wanted = here AND other_agreed_generation = other_generation AS is_other_settled,
        next_at IS NULL AND other_next_at IS NULL AND lease_token IS NULL AND other_lease_token IS NULL AS is_calm
      FROM pair
    ), ranked AS (
      SELECT *, CASE WHEN wanted <> here THEN 0 WHEN is_settled THEN 2 WHEN here = 'linked' THEN 3 ELSE 1 END AS rank,
        CASE WHEN other_wanted <> here THEN 0 WHEN is_other_settled THEN 2 WHEN here = 'linked' THEN 3 ELSE 1 END AS other_rank
      FROM judged
    ), chosen AS (
      SELECT *, rank >= other_rank AS keeps_former, greatest(rank, other_rank) = 2 AS stays_settled FROM ranked
    ), gone AS (
      DELETE FROM link_mirror AS one USING chosen
      WHERE one.application_id = ${applicationId} AND one.issue_key = ${former} AND one.remote_key = chosen.remote_key
    )
    UPDATE link_mirror AS kept SET
      wanted = chosen.here,
      generation = chosen.generation + kept.generation + 1,
      changed_at = greatest(chosen.changed_at, kept.changed_at),
      agreed = CASE WHEN keeps_former THEN chosen.agreed ELSE kept.agreed END,
      agreed_generation = CASE WHEN stays_settled THEN chosen.generation + kept.generation + 1
        WHEN keeps_former THEN chosen.agreed_generation ELSE kept.agreed_generation END,
      remote_link_id = CASE WHEN NOT stays_settled THEN NULL WHEN keeps_former THEN chosen.remote_link_id ELSE kept.remote_link_id END,
      in_doubt = true,
      attempts = CASE WHEN keeps_former THEN chosen.attempts ELSE kept.attempts END,
      next_at = CASE WHEN stays_settled AND is_calm THEN NULL ELSE now() END,
      last_error = CASE WHEN keeps_former THEN chosen.last_error ELSE kept.last_error END,
      last_error_detail = CASE WHEN keeps_former THEN chosen.last_error_detail ELSE kept.last_error_detail END,
      lease_until = CASE WHEN chosen.lease_token IS NULL THEN kept.lease_until ELSE chosen.lease_until END,
      lease_token = coalesce(chosen.lease_token, kept.lease_token)
    FROM chosen
    WHERE kept.application_id = ${applicationId} AND kept.issue_key = ${key} AND kept.remote_key = chosen.remote_key`
}
