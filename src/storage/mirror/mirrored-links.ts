import { statementsOf } from '../database/connection/statements.ts'
import type { Queries } from '../database/queries.ts'
import { nameOf } from '../links/link-batch.ts'
import type { LinkKeys } from '../links/link-keys.ts'
import { Prisma } from '../prisma-client/client.ts'
import type { LinkMirrorModel } from '../prisma-client/models.ts'
import { type Claimed, claimDue, isFree } from '../work/claims.ts'
import { stopLasts } from './mirror-stops.ts'

/** What is stored of a mirrored link and changes; `dueIn`: milliseconds until its `next_at`, by the database's clock. */
export type MirrorState = Pick<
  LinkMirrorModel,
  | 'wanted'
  | 'generation'
  | 'agreed'
  | 'agreedGeneration'
  | 'remoteLinkId'
  | 'inDoubt'
  | 'attempts'
  | 'lastError'
  | 'lastErrorDetail'
> & { dueIn: number | null }

export type StoredMirror = LinkKeys & MirrorState & Pick<LinkMirrorModel, 'leaseToken' | 'changedAt'>

/** Locks the rows of links until the transaction ends, in the order in which all lock them. A link without a row has none. */
export async function lockMirrored(
  transaction: Queries,
  applicationId: string,
  links: readonly LinkKeys[],
): Promise<StoredMirror[]> {
  const { issueKey, remoteKey } = columnsOf(links)
  return await transaction.$queryRaw<StoredMirror[]>`
    /* lock mirrored */
    SELECT issue_key AS "issueKey", remote_key AS "remoteKey", wanted::text, generation, agreed::text,
           agreed_generation AS "agreedGeneration", remote_link_id AS "remoteLinkId", in_doubt AS "inDoubt", attempts,
           last_error AS "lastError", last_error_detail AS "lastErrorDetail", lease_token AS "leaseToken",
           changed_at AS "changedAt", (extract(epoch FROM next_at - now()) * 1000)::float8 AS "dueIn"
    FROM link_mirror
    WHERE application_id = ${applicationId}
      AND (issue_key, remote_key) IN (SELECT * FROM unnest(${issueKey}::text[], ${remoteKey}::text[]))
    ORDER BY issue_key COLLATE "C", remote_key COLLATE "C" FOR UPDATE`
}

/** What is stored of a link; `changedAt`: when it was changed here, unless that stays as it is. */
export type ChangedMirror = LinkKeys & MirrorState & { changedAt?: Date }

/** Stores links that have no row yet. Returns those that it stored; a link that has one by now is left as it is. */
export async function insertMirrored(
  transaction: Queries,
  applicationId: string,
  rows: readonly ChangedMirror[],
): Promise<LinkKeys[]> {
  return await transaction.$queryRaw<LinkKeys[]>`
    INSERT INTO link_mirror (application_id, issue_key, remote_key, wanted, generation, agreed, agreed_generation,
      remote_link_id, in_doubt, attempts, next_at, last_error, last_error_detail, changed_at)
    SELECT ${applicationId}, "issueKey", "remoteKey", wanted::link_state, generation, agreed::link_state, "agreedGeneration",
      "remoteLinkId", "inDoubt", attempts, now() + "dueIn" * interval '1 ms', "lastError", "lastErrorDetail",
      coalesce("changedAt", now())
    FROM ${newRows(rows)}
    ORDER BY "issueKey" COLLATE "C", "remoteKey" COLLATE "C"
    ON CONFLICT DO NOTHING
    RETURNING issue_key AS "issueKey", remote_key AS "remoteKey"`
}

/** The names of those links that are stored. */
export async function linkedNames(
  transaction: Queries,
  applicationId: string,
  links: readonly LinkKeys[],
): Promise<Set<string>> {
  if (links.length === 0) return new Set()
  const { issueKey, remoteKey } = columnsOf(links)
  const rows = await transaction.$queryRaw<LinkKeys[]>`
    SELECT issue_key AS "issueKey", remote_key AS "remoteKey" FROM link
    WHERE application_id = ${applicationId}
      AND (issue_key, remote_key) IN (SELECT * FROM unnest(${issueKey}::text[], ${remoteKey}::text[]))`
  return new Set(rows.map(nameOf))
}

/** An event under a former key of an issue, and the present key. */
export type FormerEvent = LinkKeys & { id: bigint; present: string }

/**
 * Those events at whose moment the issue had the same link under another of its keys, although nobody knew yet that the keys are of
 * one issue.
 */
export async function eventsBeside(
  transaction: Queries,
  applicationId: string,
  events: readonly FormerEvent[],
): Promise<Set<bigint>> {
  if (events.length === 0) return new Set()
  const { issueKey, remoteKey } = columnsOf(events)
  const rows = await transaction.$queryRaw<{ id: bigint }[]>`
    SELECT asked.id FROM unnest(
        ${events.map(({ id }) => id)}::bigint[], ${issueKey}::text[], ${remoteKey}::text[], ${events.map(({ present }) => present)}::text[]
      ) AS asked (id, issue_key, remote_key, present)
    WHERE EXISTS (
      SELECT FROM (
          SELECT asked.present AS name
          UNION ALL
          SELECT alias FROM issue_alias WHERE application_id = ${applicationId} AND issue_alias.issue_key = asked.present
        ) AS other
        CROSS JOIN LATERAL (
          SELECT kind FROM link_event AS event
          WHERE event.application_id = ${applicationId} AND event.issue_key = other.name
            AND event.remote_key = asked.remote_key AND event.id < asked.id
          ORDER BY event.id DESC LIMIT 1) AS last
      WHERE other.name <> asked.issue_key AND last.kind = 'created')`
  return new Set(rows.map(({ id }) => id))
}

/** Those links, under the present keys of their issues, of which the last that happened is that Tracker removed them. */
export async function removedByTracker(
  transaction: Queries,
  applicationId: string,
  links: readonly LinkKeys[],
): Promise<LinkKeys[]> {
  if (links.length === 0) return []
  const { issueKey, remoteKey } = columnsOf(links)
  return await transaction.$queryRaw<LinkKeys[]>`
    SELECT asked.issue_key AS "issueKey", asked.remote_key AS "remoteKey"
    FROM unnest(${issueKey}::text[], ${remoteKey}::text[]) AS asked (issue_key, remote_key)
      CROSS JOIN LATERAL (
        SELECT of_key.id, kind, actor_kind FROM (
            SELECT asked.issue_key AS name
            UNION ALL
            SELECT alias FROM issue_alias
            WHERE application_id = ${applicationId} AND issue_alias.issue_key = asked.issue_key
          ) AS each
          CROSS JOIN LATERAL (
            SELECT id, kind, actor_kind FROM link_event AS event
            WHERE event.application_id = ${applicationId}
              AND event.issue_key = each.name AND event.remote_key = asked.remote_key
            ORDER BY event.id DESC LIMIT 1) AS of_key
        ORDER BY of_key.id DESC LIMIT 1
      ) AS last
    WHERE last.kind = 'removed' AND last.actor_kind IN ('tracker', 'user')`
}

/** Stores the state of rows that are locked. With `isDone` their leases end. */
export async function storeMirrored(
  transaction: Queries,
  applicationId: string,
  rows: readonly ChangedMirror[],
  { isDone }: { isDone: boolean },
): Promise<void> {
  if (rows.length === 0) return
  const leaseEnds = isDone ? Prisma.sql`, lease_token = NULL, lease_until = NULL` : Prisma.empty
  await transaction.$executeRaw`
    UPDATE link_mirror AS stored SET
      wanted = new.wanted::link_state, generation = new.generation, agreed = new.agreed::link_state,
      agreed_generation = new."agreedGeneration", remote_link_id = new."remoteLinkId", in_doubt = new."inDoubt",
      attempts = new.attempts, next_at = now() + new."dueIn" * interval '1 ms', last_error = new."lastError",
      last_error_detail = new."lastErrorDetail", changed_at = coalesce(new."changedAt", stored.changed_at)${leaseEnds}
    FROM ${newRows(rows)}
    WHERE stored.application_id = ${applicationId}
      AND stored.issue_key = new."issueKey" AND stored.remote_key = new."remoteKey"`
}

/** Rows as a table of a statement: one value, since the driver writes an array for each column element by element. */
function newRows(rows: readonly ChangedMirror[]): Prisma.Sql {
  const given = rows.map(row => ({
    ...row,
    generation: `${row.generation}`,
    agreedGeneration: `${row.agreedGeneration}`,
  }))
  return Prisma.sql`json_to_recordset(${JSON.stringify(given)}::json) AS new (
      "issueKey" text, "remoteKey" text, wanted text, generation bigint, agreed text, "agreedGeneration" bigint,
      "remoteLinkId" text, "inDoubt" boolean, attempts int, "dueIn" float8, "lastError" text, "lastErrorDetail" text,
      "changedAt" timestamptz)`
}

const columnsOf = (links: readonly LinkKeys[]) => ({
  issueKey: links.map(link => link.issueKey),
  remoteKey: links.map(link => link.remoteKey),
})

/**
 * Claims what is due of one issue, at most `limit` links. Their doubts go with the claim: what becomes doubtful from now on is known by the
 * mark that is stored.
 */
export const claimIssue = (
  database: Queries,
  {
    applicationId,
    issueKey,
    limit,
    leaseSeconds,
  }: Record<'applicationId' | 'issueKey', string> & Record<'limit' | 'leaseSeconds', number>,
): Promise<Claimed<'link_mirror'>[]> =>
  claimDue(database, {
    table: 'link_mirror',
    where: Prisma.sql`application_id = ${applicationId} AND issue_key = ${issueKey}`,
    limit,
    leaseSeconds,
    set: Prisma.sql`, in_doubt = false`,
    name: 'claim issue',
  })

/** What there is to do for an application. */
export type DueWork = {
  applicationId: string
  /** Whether there are events that the follower has not read, or it has not begun. */
  hasNews: boolean
  /** Whether it was stopped, and nothing has succeeded since. */
  wasStopped: boolean
  /** Issues with links that are due, the longest due first; without those that are stopped. */
  issues: string[]
  /** Milliseconds until the next link is due; null: not within two seconds. */
  nextIn: number | null
}

/** Due links that are looked at to find issues; most issues have few. */
const farthestLook = 200

// The arrays stand in queries of their own, so that the plan is kept, see find-objects.ts. With OFFSET each link is asked for its stop
// by key: joined, all are compared with all, and some hundred stopped issues held the mirror up.
const readWork = `/* find mirror work */
    SELECT app.id AS "applicationId",
      coalesce((SELECT max(id) FROM link_event WHERE application_id = app.id), 0) >
        coalesce((SELECT event_id FROM follower WHERE application_id = app.id AND name = $2), -1) AS "hasNews",
      EXISTS (SELECT FROM mirror_stop WHERE application_id = app.id AND issue_key = '') AS "wasStopped",
      (SELECT (extract(epoch FROM min(next_at) - now()) * 1000)::float8 FROM link_mirror
       WHERE application_id = app.id AND next_at > now() AND next_at < now() + interval '2 s') AS "nextIn",
      CASE WHEN EXISTS (SELECT FROM mirror_stop AS stop
                        WHERE stop.application_id = app.id AND stop.issue_key = '' AND ${stopLasts.sql})
      THEN '{}' ELSE ARRAY (
        SELECT issue_key FROM (
          SELECT issue_key, next_at FROM link_mirror AS link
          WHERE application_id = app.id AND next_at <= now() AND ${isFree.sql}
            AND app.id || ' ' || issue_key <> ALL ((SELECT $3::text[])::text[])
            AND NOT EXISTS (
              SELECT FROM mirror_stop AS stop
              WHERE stop.application_id = app.id AND stop.issue_key = link.issue_key AND ${stopLasts.sql} OFFSET 0
            )
          ORDER BY next_at LIMIT ${farthestLook}
        ) AS due
        GROUP BY issue_key ORDER BY min(next_at) LIMIT $4::int
      ) END AS issues
    FROM unnest((SELECT $1::text[])::text[]) AS app (id)`

type Asked = {
  applications: readonly string[]
  follower: string
  /** Issues that this process works on, see `nameOfIssue`. */
  busy: readonly string[]
  most: number
}

/**
 * One question for all that is to do: what the follower has not read, and at most `most` issues of each application. It is asked
 * after each issue that was sent, so it does without Prisma's engine.
 */
export const findWork = (database: Queries, { applications, follower, busy, most }: Asked): Promise<DueWork[]> =>
  statementsOf(database)<DueWork>(readWork, [applications, follower, busy, most])

/** The name of an issue among those of all applications; neither part has a space. */
export const nameOfIssue = (applicationId: string, issueKey: string): string => `${applicationId} ${issueKey}`

/** The present keys of issues that were moved, by their former ones. */
export async function presentKeys(
  database: Queries,
  applicationId: string,
  issueKeys: readonly string[],
): Promise<Map<string, string>> {
  const where = { applicationId, alias: { in: [...new Set(issueKeys)] } }
  const rows = await database.issueAlias.findMany({ where, select: { alias: true, issueKey: true } })
  return new Map(rows.map(({ alias, issueKey }) => [alias, issueKey]))
}
