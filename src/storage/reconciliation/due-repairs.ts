import type { Queries } from '../database/queries.ts'
import { stopLasts } from '../mirror/mirror-stops.ts'

/** Why nothing is sent for an issue at the moment; undefined: nothing stops it. */
export async function stopOf(database: Queries, applicationId: string, issueKey: string): Promise<string | undefined> {
  const [stop] = await database.$queryRaw<{ reason: string }[]>`
    SELECT reason FROM mirror_stop AS stop
    WHERE application_id = ${applicationId} AND issue_key IN ('', ${issueKey}) AND ${stopLasts} LIMIT 1`
  return stop?.reason
}

/** Which of these links are alike on both sides by now, and which somebody still has in hand. */
export async function endedRepairs(
  database: Queries,
  applicationId: string,
  issueKey: string,
  remoteKeys: readonly string[],
): Promise<Map<string, 'alike' | 'in hand' | 'not alike'>> {
  const rows = await database.$queryRaw<{ remoteKey: string; isAlike: boolean; isInHand: boolean }[]>`
    SELECT remote_key AS "remoteKey", next_at IS NULL AND lease_token IS NULL AND agreed = wanted AS "isAlike",
           lease_token IS NOT NULL OR next_at <= now() AS "isInHand"
    FROM link_mirror
    WHERE application_id = ${applicationId} AND issue_key = ${issueKey} AND remote_key = ANY (${[...remoteKeys]}::text[])`
  return new Map(
    rows.map(({ remoteKey, isAlike, isInHand }) => [remoteKey, isAlike ? 'alike' : isInHand ? 'in hand' : 'not alike']),
  )
}

/** Nobody sends these links again by itself: they are of an application that is not mirrored. */
export async function sendNoMore(
  database: Queries,
  applicationId: string,
  issueKey: string,
  remoteKeys: readonly string[],
): Promise<void> {
  await database.linkMirror.updateMany({
    where: { applicationId, issueKey, remoteKey: { in: [...remoteKeys] }, leaseToken: null },
    data: { nextAt: null },
  })
}
