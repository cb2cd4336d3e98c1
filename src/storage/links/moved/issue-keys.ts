import type { IssueKey } from '../../../tracker-contract/issue-key.ts'
import type { Queries } from '../../database/queries.ts'
import type { LinkFilter } from '../link-keys.ts'

/** Whether an application has any issue that was moved. */
export async function hasMovedIssues(database: Queries, applicationId: string): Promise<boolean> {
  const [row] = await database.$queryRaw<[{ any: boolean }]>`
    /* any moved issues */
    SELECT EXISTS (SELECT FROM issue_alias WHERE application_id = ${applicationId}) AS any`
  return row.any
}

/** All keys of an issue, whichever of them is given: the present one first, then those that it had before it was moved. */
export async function keysOfIssue(
  database: Queries,
  applicationId: string,
  issueKey: IssueKey,
): Promise<[IssueKey, ...IssueKey[]]> {
  const [row] = await database.$queryRaw<[{ present: IssueKey; former: IssueKey[] | null }]>`
    /* keys of an issue */
    WITH asked AS (
      SELECT coalesce(
        (SELECT issue_key FROM issue_alias WHERE application_id = ${applicationId} AND alias = ${issueKey}), ${issueKey}
      ) AS present
    )
    SELECT present, (SELECT array_agg(alias ORDER BY alias COLLATE "C") FROM issue_alias
                     WHERE application_id = ${applicationId} AND issue_key = present) AS former
    FROM asked`
  return [row.present, ...(row.former ?? [])]
}

/** What chooses the links or events of a filter: those of an issue whichever of its keys they have. */
export async function whereOf(database: Queries, applicationId: string, { issueKey, remoteKey }: LinkFilter) {
  const keys = issueKey && (await keysOfIssue(database, applicationId, issueKey))
  return {
    applicationId,
    ...(keys && { issueKey: keys.length === 1 ? keys[0] : { in: keys } }),
    ...(remoteKey !== undefined && { remoteKey }),
  }
}

/** The keys under which an issue is known here by its id. Reads all links of the application. */
export async function keysWithIssueId(database: Queries, applicationId: string, issueId: string): Promise<IssueKey[]> {
  const rows = await database.link.findMany({
    where: { applicationId, issueId },
    distinct: ['issueKey'],
    select: { issueKey: true },
  })
  return rows.map(row => row.issueKey as IssueKey)
}
