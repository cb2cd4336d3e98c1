import type { Queries } from '../database/queries.ts'
import type { LinkMirrorModel } from '../prisma-client/models.ts'

/** What is stored of a mirrored link, and of the stop of its issue or application, for a person to see. */
export type MirrorRow = Pick<
  LinkMirrorModel,
  'wanted' | 'agreed' | 'inDoubt' | 'nextAt' | 'leaseToken' | 'lastError' | 'lastErrorDetail'
> & { stopReason: string | null; stopDetail: string | null; stopNextAt: Date | null }

type Keys = { issueKey: string; remoteKey: string }

/** Looks up what is stored of some links; the function that is returned gives it for each of them, undefined if nothing was heard of it. */
export async function findMirrored(
  database: Queries,
  applicationId: string,
  links: readonly Keys[],
): Promise<(link: Keys) => MirrorRow | undefined> {
  if (links.length === 0) return () => undefined
  const rows = await database.$queryRaw<(MirrorRow & Keys)[]>`
    SELECT link.issue_key AS "issueKey", remote_key AS "remoteKey", wanted::text, agreed::text, in_doubt AS "inDoubt",
           link.next_at AS "nextAt", lease_token AS "leaseToken", last_error AS "lastError",
           last_error_detail AS "lastErrorDetail", stop.reason AS "stopReason", stop.detail AS "stopDetail",
           stop.next_at AS "stopNextAt"
    FROM link_mirror AS link LEFT JOIN LATERAL (
      SELECT * FROM mirror_stop
      WHERE mirror_stop.application_id = link.application_id AND mirror_stop.issue_key IN ('', link.issue_key)
      ORDER BY mirror_stop.issue_key LIMIT 1
    ) AS stop ON true
    WHERE link.application_id = ${applicationId} AND (link.issue_key, remote_key) IN (
      SELECT * FROM unnest(${links.map(({ issueKey }) => issueKey)}::text[], ${links.map(({ remoteKey }) => remoteKey)}::text[])
    )`
  const nameOf = ({ issueKey, remoteKey }: Keys) => `${issueKey} ${remoteKey}`
  const found = new Map(rows.map(row => [nameOf(row), row]))
  return link => found.get(nameOf(link))
}

/** What waits to be sent of an application. */
export type MirrorBacklog = {
  applicationId: string
  /** Links that wait, those that failed among them; counted up to `mostCounted`. */
  waiting: number
  failed: number
  /** When the one that has waited longest was changed; null if none waits. */
  oldest: Date | null
  /** Issues that are stopped. */
  stoppedIssues: number
  /** Since when events are missing; null if none are. */
  missedSince: Date | null
}

/** So many waiting links are counted: an answer of "and more" is good enough, and costs little. */
export const mostCounted = 100_000

export function mirrorBacklogs(
  database: Queries,
  applicationIds: readonly string[],
  missedBy: string,
): Promise<MirrorBacklog[]> {
  return database.$queryRaw<MirrorBacklog[]>`
    SELECT app.id AS "applicationId", waiting, failed, oldest,
      (SELECT count(*)::int FROM mirror_stop WHERE application_id = app.id AND issue_key <> '') AS "stoppedIssues",
      (SELECT occurred_at FROM follower WHERE application_id = app.id AND name = ${missedBy}) AS "missedSince"
    FROM unnest(${[...applicationIds]}::text[]) AS app (id) CROSS JOIN LATERAL (
      SELECT count(*)::int AS waiting, (count(*) FILTER (WHERE last_error IS NOT NULL))::int AS failed,
             min(changed_at) AS oldest
      FROM (SELECT last_error, changed_at FROM link_mirror
            WHERE application_id = app.id AND next_at IS NOT NULL LIMIT ${mostCounted}) AS due
    ) AS backlog`
}
