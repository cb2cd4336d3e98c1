import { withConflictRetry } from '../database/connection/database-problem.ts'
import type { Queries } from '../database/queries.ts'
import { type Batch, perApplication, shareWork } from '../work/shared-work.ts'
import type { LinkKeys } from './link-keys.ts'

/** Who made a change, as the columns of an event hold it. */
export type EventActor = { kind: 'tracker' | 'user' | 'operator' | 'application'; login?: string; uid?: bigint }

/** A call that changes links: `create` all of `links`, or `remove` the only one of them that is stored. */
export type LinkChange = {
  kind: 'create' | 'remove'
  applicationId: string
  links: readonly LinkKeys[]
  actor: EventActor
}

/** Links in one statement at most, unless one call names more: those that wait for it are not held up for long. */
const mostLinks = 1_000
/** Links that are worth a second statement at once: fewer are better off in one, and share a commit. */
const manyLinks = 250

/** Changes links, see `linkChanger`. */
export type ChangeLinks = (change: LinkChange) => Promise<readonly LinkKeys[]>

type NamedChange = LinkChange & { names: readonly string[] }

/**
 * A function that changes links. Those changes of an application that come at one moment and are alike are one statement,
 * so that they share its commit; their events are in that statement, too: a change and its history are both there or
 * neither. Changes of one link are made in the order in which they came.
 *
 * `create` returns the links that are new. `remove` returns the links that were stored: if it is one, it is removed now;
 * if they are several, nothing is. Errors are the driver's. `attempt` does each statement, again where that may help.
 */
export function linkChanger(prisma: Queries, attempt = withConflictRetry): ChangeLinks {
  const changesOf = perApplication(applicationId =>
    shareWork<NamedChange, readonly LinkKeys[]>({
      run: batch => {
        const run = statementFor(batch[0])
        return attempt(() => run(prisma, applicationId, batch))
      },
      alike: (one, other) => statementFor(one) === statementFor(other) && isSameActor(one.actor, other.actor),
      weight: ({ links }) => links.length,
      heaviest: mostLinks,
      heavy: manyLinks,
      touches: ({ names }) => names,
    }),
  )
  return change => changesOf(change.applicationId)({ ...change, names: change.links.map(nameOf) })
}

/** Makes the changes of a batch: alike, and one actor's. The links of each that are new, or that were stored. */
type Statement = (prisma: Queries, applicationId: string, batch: Batch<NamedChange>) => Promise<LinkKeys[][]>

const statementFor = ({ kind, links }: LinkChange): Statement => {
  if (kind === 'create') return createAll
  return links.length === 1 ? removeAll : removeTheOnlyOnes
}

const isSameActor = (one: EventActor, other: EventActor) =>
  one.kind === other.kind && one.login === other.login && one.uid === other.uid

// All statements lock links in one order, so that no two of them wait for each other in a circle. A comment at the start of
// a statement is its name in the database (see connect.ts).

const createAll: Statement = async (prisma, applicationId, batch) => {
  const { links, firstOf } = distinctLinks(batch)
  const { issueKey, remoteKey, actorKind, actorLogin, actorUid } = valuesOf(links, batch)
  // Which links are new is only told where some are and some are not.
  const [told] = await prisma.$queryRaw<[{ created: string[] | null }]>`
    /* create links */
    WITH created AS (
      INSERT INTO link (application_id, issue_key, remote_key)
      SELECT ${applicationId}, * FROM unnest(${issueKey}::text[], ${remoteKey}::text[]) AS asked (issue_key, remote_key)
      ORDER BY issue_key COLLATE "C", remote_key COLLATE "C"
      ON CONFLICT DO NOTHING
      RETURNING issue_key, remote_key
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind, actor_login, actor_uid)
      SELECT ${applicationId}, 'created', issue_key, remote_key,
             ${actorKind}::actor_kind, ${actorLogin}::text, ${actorUid}::bigint
      FROM created
    )
    SELECT CASE count(*) WHEN ${links.length}::int THEN NULL
           ELSE coalesce(array_agg(issue_key || ' ' || remote_key), '{}') END AS created
    FROM created`
  const created = told.created && new Set(told.created)
  return batch.map(({ links: asked, names }, call) =>
    asked.filter((_, index) => {
      const name = names[index] as string
      return firstOf.get(name) === call && (created === null || created.has(name))
    }),
  )
}

/** Removals whose address says one link. */
const removeAll: Statement = async (prisma, applicationId, batch) => {
  const { links, firstOf } = distinctLinks(batch)
  const { issueKey, remoteKey, actorKind, actorLogin, actorUid } = valuesOf(links, batch)
  const rows = await prisma.$queryRaw<LinkRow[]>`
    /* remove links */
    WITH asked AS (
      SELECT * FROM unnest(${issueKey}::text[], ${remoteKey}::text[]) AS asked (issue_key, remote_key)
      ORDER BY issue_key COLLATE "C", remote_key COLLATE "C"
    ), removed AS (
      DELETE FROM link USING asked
      WHERE link.application_id = ${applicationId}
        AND link.issue_key = asked.issue_key AND link.remote_key = asked.remote_key
      RETURNING link.issue_key, link.remote_key, link.issue_id
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind, actor_login, actor_uid)
      SELECT ${applicationId}, 'removed', issue_key, remote_key, issue_id,
             ${actorKind}::actor_kind, ${actorLogin}::text, ${actorUid}::bigint
      FROM removed
    )
    SELECT issue_key, remote_key FROM removed`
  const removed = new Set(rows.map(rowName))
  // Where several calls name one link, the first has removed it.
  return batch.map(({ links: asked, names: [name = ''] }, call) =>
    removed.has(name) && firstOf.get(name) === call ? [...asked] : [],
  )
}

/** Removals whose addresses can be read in several ways: what is stored decides. */
const removeTheOnlyOnes: Statement = async (prisma, applicationId, batch) => {
  const asked = batch.flatMap(({ links }) => links)
  const { issueKey, remoteKey, actorKind, actorLogin, actorUid } = valuesOf(asked, batch)
  const calls = batch.flatMap(({ links }, call) => links.map(() => call))
  const rows = await prisma.$queryRaw<LinkRow[]>`
    WITH asked AS (
      SELECT * FROM unnest(${calls}::int[], ${issueKey}::text[], ${remoteKey}::text[])
        AS asked (call, issue_key, remote_key)
    ), present AS (
      SELECT issue_key, remote_key, issue_id FROM link
      WHERE application_id = ${applicationId}
        AND (issue_key, remote_key) IN (SELECT issue_key, remote_key FROM asked)
      ORDER BY issue_key COLLATE "C", remote_key COLLATE "C"
      FOR UPDATE
    ), decided AS (
      SELECT call FROM asked JOIN present USING (issue_key, remote_key) GROUP BY call HAVING count(*) = 1
    ), meant AS (
      SELECT DISTINCT issue_key, remote_key, issue_id
      FROM asked JOIN present USING (issue_key, remote_key) JOIN decided USING (call)
    ), removed AS (
      DELETE FROM link USING meant
      WHERE link.application_id = ${applicationId}
        AND link.issue_key = meant.issue_key AND link.remote_key = meant.remote_key
      RETURNING meant.*
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind, actor_login, actor_uid)
      SELECT ${applicationId}, 'removed', issue_key, remote_key, issue_id,
             ${actorKind}::actor_kind, ${actorLogin}::text, ${actorUid}::bigint
      FROM removed
    )
    SELECT issue_key, remote_key FROM present`
  const present = new Set(rows.map(rowName))
  const taken = new Set<string>()
  return batch.map(({ links, names }) => {
    const stored = links.filter((_, index) => present.has(names[index] as string))
    const [link, another] = stored
    if (!link || another) return stored
    const name = nameOf(link)
    if (taken.has(name)) return []
    taken.add(name)
    return stored
  })
}

/** Each link that a batch names, once, and the call that names it first: for that one it is new, or removed. */
function distinctLinks(batch: Batch<NamedChange>) {
  const firstOf = new Map<string, number>()
  const links: LinkKeys[] = []
  for (const [call, change] of batch.entries()) {
    for (const [index, link] of change.links.entries()) {
      const name = change.names[index] as string
      if (firstOf.has(name)) continue
      firstOf.set(name, call)
      links.push(link)
    }
  }
  return { links, firstOf }
}

/** The values of a statement: links column by column, and the actor of all of them. */
function valuesOf(links: readonly LinkKeys[], [{ actor }]: Batch<NamedChange>) {
  return {
    issueKey: links.map(link => link.issueKey),
    remoteKey: links.map(link => link.remoteKey),
    actorKind: actor.kind,
    actorLogin: actor.login ?? null,
    actorUid: actor.uid?.toString() ?? null,
  }
}

type LinkRow = { issue_key: string; remote_key: string }

// An issue key holds no space.
const nameOf = ({ issueKey, remoteKey }: LinkKeys) => `${issueKey} ${remoteKey}`
const rowName = (row: LinkRow) => `${row.issue_key} ${row.remote_key}`
