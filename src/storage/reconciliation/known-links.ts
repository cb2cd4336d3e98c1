import type { Queries } from '../database/queries.ts'
import type { LinkEventModel, LinkMirrorModel } from '../prisma-client/models.ts'

/** What is stored of the links of an issue, under any of its keys. */
export type StoredKnowledge = {
  links: { issueKey: string; remoteKey: string }[]
  mirrored: MirrorRow[]
  /** Of the mirror's follower: events up to it are in `mirrored`; undefined: nobody has followed yet. */
  cursor: bigint | undefined
  /** Events behind the cursor, or behind `since` if that is earlier, the oldest first. */
  events: LinkEventModel[]
}

/** A row of `link_mirror`, as `linkOfRow` takes it. */
export type MirrorRow = Pick<
  LinkMirrorModel,
  | 'issueKey'
  | 'remoteKey'
  | 'wanted'
  | 'generation'
  | 'agreed'
  | 'agreedGeneration'
  | 'remoteLinkId'
  | 'inDoubt'
  | 'attempts'
  | 'lastError'
  | 'lastErrorDetail'
  | 'leaseToken'
> & { dueIn: number | null }

/**
 * Reads it in this order: what changes meanwhile is then among the events, so that nobody takes half of a change for a difference.
 */
export async function readKnowledge(
  database: Queries,
  applicationId: string,
  issueKeys: readonly string[],
  { follower, since }: { follower: string; since: bigint },
): Promise<StoredKnowledge> {
  const { cursor, mirrored } = await readMirrored(database, applicationId, issueKeys, follower)
  const where = { applicationId, issueKey: { in: [...issueKeys] } }
  const links = await database.link.findMany({ where, select: { issueKey: true, remoteKey: true } })
  const from = cursor === undefined || cursor > since ? since : cursor
  const events = await database.linkEvent.findMany({ where: { ...where, id: { gt: from } }, orderBy: { id: 'asc' } })
  return { links, mirrored, cursor, events }
}

type CursorRow = Partial<MirrorRow> & { cursor: bigint | null }

/** Rows and cursor as they were at one moment. */
async function readMirrored(
  database: Queries,
  applicationId: string,
  issueKeys: readonly string[],
  follower: string,
): Promise<{ cursor: bigint | undefined; mirrored: MirrorRow[] }> {
  const rows = await database.$queryRaw<CursorRow[]>`
    /* read mirrored */
    SELECT followed.cursor, issue_key AS "issueKey", remote_key AS "remoteKey", wanted::text, generation, agreed::text,
           agreed_generation AS "agreedGeneration", remote_link_id AS "remoteLinkId", in_doubt AS "inDoubt", attempts,
           last_error AS "lastError", last_error_detail AS "lastErrorDetail", lease_token AS "leaseToken",
           (extract(epoch FROM next_at - now()) * 1000)::float8 AS "dueIn"
    FROM (SELECT (SELECT event_id FROM follower WHERE application_id = ${applicationId} AND name = ${follower}) AS cursor)
      AS followed
      LEFT JOIN link_mirror ON application_id = ${applicationId} AND issue_key = ANY (${[...issueKeys]}::text[])`
  const mirrored = rows.flatMap(({ cursor: _, ...row }) => (row.issueKey == null ? [] : [row as MirrorRow]))
  return { cursor: rows[0]?.cursor ?? undefined, mirrored }
}

/** The last event of each of these links of an issue that has any, under any of its keys. */
export async function lastEvents(
  database: Queries,
  applicationId: string,
  issueKeys: readonly string[],
  remoteKeys: readonly string[],
): Promise<Pick<LinkEventModel, 'remoteKey' | 'kind' | 'actorKind'>[]> {
  return await database.$queryRaw`
    /* last events */
    SELECT link.remote_key AS "remoteKey", event.kind::text, event.actor_kind::text AS "actorKind"
    FROM unnest(${[...remoteKeys]}::text[]) AS link (remote_key)
      CROSS JOIN LATERAL (
        SELECT kind, actor_kind FROM link_event
        WHERE application_id = ${applicationId} AND issue_key = ANY (${[...issueKeys]}::text[])
          AND remote_key = link.remote_key
        ORDER BY id DESC LIMIT 1) AS event`
}

/** The present keys of renamed objects, by former ones that Tracker still has. */
export async function renamedObjects(
  database: Queries,
  applicationId: string,
  remoteKeys: readonly string[],
): Promise<Map<string, string>> {
  if (remoteKeys.length === 0) return new Map()
  const rows = await database.$queryRaw<{ alias: string; remoteKey: string }[]>`
    SELECT alias, remote_key AS "remoteKey" FROM object_alias
    WHERE application_id = ${applicationId} AND alias = ANY (${[...remoteKeys]}::text[])`
  return new Map(rows.map(({ alias, remoteKey }) => [alias, remoteKey]))
}

/** Keys of issues with links here: at most `limit` of those behind `after`. */
export async function linkedIssues(
  database: Queries,
  applicationId: string,
  { after, limit }: { after: string; limit: number },
): Promise<string[]> {
  const rows = await database.$queryRaw<{ issueKey: string }[]>`
    SELECT issue_key AS "issueKey" FROM link
    WHERE application_id = ${applicationId} AND issue_key > ${after}
    GROUP BY issue_key ORDER BY issue_key LIMIT ${limit}`
  return rows.map(({ issueKey }) => issueKey)
}

/** Whether nothing was ever known here of links of an application. */
export async function isNewInstallation(database: Queries, applicationId: string): Promise<boolean> {
  const [row] = await database.$queryRaw<[{ known: boolean }]>`
    SELECT EXISTS (SELECT FROM link WHERE application_id = ${applicationId})
      OR EXISTS (SELECT FROM link_event WHERE application_id = ${applicationId})
      OR EXISTS (SELECT FROM removed_event WHERE application_id = ${applicationId}) AS known`
  return !row.known
}
