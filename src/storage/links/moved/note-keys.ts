import type { IssueKey } from '../../../tracker-contract/issue-key.ts'
import { withConflictRetry } from '../../database/connection/database-problem.ts'
import type { Queries } from '../../database/queries.ts'

/** An issue that was moved: its present key, and keys that it had before. */
export type MovedIssue = { issueId: string; key: IssueKey; formerKeys: readonly IssueKey[] }

/**
 * Stores the keys of a moved issue, and returns all that it had before the present one. Every former key is stored with the present
 * one, so that no chain has to be followed; a key that it has again is no former one.
 */
export function noteKeys(prisma: Queries, applicationId: string, moved: MovedIssue): Promise<IssueKey[]> {
  const { issueId, key, formerKeys } = moved
  const note = async (tx: Queries) => {
    await oneMoveAtATime(tx, applicationId, issueId)
    const rows = await tx.$queryRaw<{ former: IssueKey }[]>`
      WITH known AS (
        SELECT unnest(${[...formerKeys]}::text[]) AS former
        UNION SELECT unnest(ARRAY[alias, issue_key]) FROM issue_alias
              WHERE application_id = ${applicationId} AND issue_id = ${issueId}
        UNION SELECT alias FROM issue_alias
              WHERE application_id = ${applicationId} AND issue_key = ANY (${[...formerKeys]}::text[])
      )
      SELECT former FROM known WHERE former <> ${key} ORDER BY former COLLATE "C"`
    const former = rows.map(row => row.former)
    await tx.$executeRaw`
      INSERT INTO issue_alias AS known (application_id, alias, issue_key, issue_id)
      SELECT ${applicationId}, former, ${key}, ${issueId} FROM unnest(${former}::text[]) AS former
      ON CONFLICT (application_id, alias) DO UPDATE SET issue_key = excluded.issue_key, issue_id = excluded.issue_id
      WHERE (known.issue_key, known.issue_id) IS DISTINCT FROM (excluded.issue_key, excluded.issue_id)`
    await tx.issueAlias.deleteMany({ where: { applicationId, alias: key } })
    // Why nothing was sent for the issue was found out under a key that it has no longer.
    await tx.mirrorStop.deleteMany({ where: { applicationId, issueKey: { in: former } } })
    return former
  }
  return withConflictRetry(() => prisma.$transaction(note))
}

/** Until its end no other transaction works on a move of this issue. Nothing else takes this lock, so it closes no circle. */
export async function oneMoveAtATime(tx: Queries, applicationId: string, issueId: string): Promise<void> {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`move ${applicationId} ${issueId}`}, 0))::text`
}
