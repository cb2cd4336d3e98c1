import type { Queries } from '../database/queries.ts'
import { missedBy } from '../links/followers.ts'
import { Prisma } from '../prisma-client/client.ts'
import type { LinkEventModel, LinkMirrorModel } from '../prisma-client/models.ts'

/** What is stored of the links of an issue, under any of its keys, at one moment. */
export type StoredKnowledge = {
  links: readonly { issueKey: string; remoteKey: string }[]
  mirrored: readonly MirrorRow[]
  /** Of the mirror's follower: events up to it are in `mirrored`; undefined: nobody has followed yet. */
  cursor: bigint | undefined
  /** Events behind the cursor, or behind `since` if that is earlier, the oldest first. */
  events: readonly KnownEvent[]
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

type KnownEvent = Pick<LinkEventModel, 'id' | 'remoteKey' | 'kind' | 'actorKind'>

/** Within JSON, ids and generations are texts: they may have 64 bits. */
type KnowledgeRow = {
  cursor: bigint | null
  links: StoredKnowledge['links'] | null
  mirrored:
    | readonly (Omit<MirrorRow, 'generation' | 'agreedGeneration'> &
        Record<'generation' | 'agreedGeneration', string>)[]
    | null
  events: readonly (Omit<KnownEvent, 'id'> & { id: string })[] | null
}

/** Reads all of it by one statement: nobody takes half of a change for a difference, and a comparison asks once for each issue. */
export async function readKnowledge(
  database: Queries,
  applicationId: string,
  issueKeys: readonly string[],
  { follower, since }: { follower: string; since: bigint },
): Promise<StoredKnowledge> {
  const ofIssue = Prisma.sql`application_id = ${applicationId} AND issue_key = ANY (${[...issueKeys]}::text[])`
  const [row] = await database.$queryRaw<[KnowledgeRow]>`
    WITH followed AS MATERIALIZED (
      SELECT (SELECT event_id FROM follower WHERE application_id = ${applicationId} AND name = ${follower}) AS cursor
    )
    SELECT cursor,
      (SELECT json_agg(json_build_object('issueKey', issue_key, 'remoteKey', remote_key)) FROM link WHERE ${ofIssue}) AS links,
      (SELECT json_agg(json_build_object(
         'issueKey', issue_key, 'remoteKey', remote_key, 'wanted', wanted, 'generation', generation::text, 'agreed', agreed,
         'agreedGeneration', agreed_generation::text, 'remoteLinkId', remote_link_id, 'inDoubt', in_doubt,
         'attempts', attempts, 'lastError', last_error, 'lastErrorDetail', last_error_detail, 'leaseToken', lease_token,
         'dueIn', extract(epoch FROM next_at - now()) * 1000))
       FROM link_mirror WHERE ${ofIssue}) AS mirrored,
      (SELECT json_agg(json_build_object('id', id::text, 'remoteKey', remote_key, 'kind', kind, 'actorKind', actor_kind) ORDER BY id)
       FROM link_event WHERE ${ofIssue} AND id > least(${since}::bigint, cursor)) AS events
    FROM followed`
  return {
    cursor: row.cursor ?? undefined,
    links: row.links ?? [],
    mirrored: (row.mirrored ?? []).map(one => ({
      ...one,
      generation: BigInt(one.generation),
      agreedGeneration: BigInt(one.agreedGeneration),
    })),
    events: (row.events ?? []).map(one => ({ ...one, id: BigInt(one.id) })),
  }
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

/** A reconciliation of all links has made up for what a follower missed. */
export async function forgetMissed(database: Queries, applicationId: string, follower: string): Promise<void> {
  await database.follower.deleteMany({ where: { applicationId, name: missedBy(follower) } })
}

/** Whether nothing was ever known here of links of an application. */
export async function isNewInstallation(database: Queries, applicationId: string): Promise<boolean> {
  const [row] = await database.$queryRaw<[{ known: boolean }]>`
    SELECT EXISTS (SELECT FROM link WHERE application_id = ${applicationId})
      OR EXISTS (SELECT FROM link_event WHERE application_id = ${applicationId})
      OR EXISTS (SELECT FROM removed_event WHERE application_id = ${applicationId}) AS known`
  return !row.known
}
