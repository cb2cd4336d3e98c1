import type { Queries } from '../database/queries.ts'
import type { LinkFilter } from '../links/link-keys.ts'
import { whereOf } from '../links/moved/issue-keys.ts'
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

/** Links of which nothing was sent for a while, although nothing stops them. `failure`: of the oldest that has one. */
export type LateLinks = { links: number; oldest: Date | null; failure: string | null }

/**
 * The links that have waited for longer than so many minutes, but for those that are stopped; counted up to `mostCounted`. As in
 * `findWork`, OFFSET keeps all from being compared with all stops.
 */
export async function findLateLinks(database: Queries, applicationId: string, minutes: number): Promise<LateLinks> {
  const [late] = await database.$queryRaw<[LateLinks]>`
    /* late links */
    SELECT count(*)::int AS links, min(changed_at) AS oldest,
           (array_agg(concat_ws(', ', last_error, last_error_detail) ORDER BY changed_at)
             FILTER (WHERE last_error IS NOT NULL))[1] AS failure
    FROM (SELECT changed_at, last_error, last_error_detail FROM link_mirror AS link
          WHERE application_id = ${applicationId} AND next_at IS NOT NULL
            AND changed_at < now() - make_interval(mins => ${minutes})
            AND NOT EXISTS (SELECT FROM mirror_stop AS stop WHERE stop.application_id = link.application_id
                              AND stop.issue_key IN ('', link.issue_key) OFFSET 0)
          LIMIT ${mostCounted}) AS late`
  return late
}

/** Links of a filter, at most `limit`, of which both sides did not agree when they were last heard of: the oldest first. */
export async function findUnsettled(
  database: Queries,
  applicationId: string,
  filter: LinkFilter,
  limit: number,
): Promise<LinkMirrorModel[]> {
  return await database.linkMirror.findMany({
    where: {
      ...(await whereOf(database, applicationId, filter)),
      OR: [
        { nextAt: { not: null } },
        { leaseToken: { not: null } },
        { inDoubt: true },
        { wanted: 'linked', agreed: null },
        { wanted: 'linked', agreed: 'absent' },
        { wanted: 'absent', agreed: 'linked' },
      ],
    },
    orderBy: [{ changedAt: 'asc' }, { issueKey: 'asc' }, { remoteKey: 'asc' }],
    take: limit,
  })
}
