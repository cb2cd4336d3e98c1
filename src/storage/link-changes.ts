import { withConflictRetry } from './database-problem.ts'
import type { LinkKeys } from './link-store.ts'
import type { PrismaClient } from './prisma-client/client.ts'
import { shareWork } from './shared-work.ts'

/** Who made a change, as the columns of an event hold it. */
export type EventActor = { kind: 'tracker' | 'user' | 'operator'; login?: string; uid?: bigint }

/** A call that changes links: `create` all of `links`, or `remove` the only one of them that is stored. */
export type LinkChange = {
  kind: 'create' | 'remove'
  applicationId: string
  links: readonly LinkKeys[]
  actor: EventActor
}

/** Links in one statement at most, unless one call names more: those that wait for it are not held up for long. */
const mostLinks = 5_000

/**
 * A function that changes links. Those changes of one moment that are alike are one statement, so that they share its
 * commit, and each one's events are in that statement, too: a change and its history are both there or neither. Changes
 * are made in the order in which they came.
 *
 * `create` returns the links that are new. `remove` returns the links that were stored: if it is one, it is removed now;
 * if they are several, nothing is. Errors are the driver's.
 */
export function linkChanger(prisma: PrismaClient): (change: LinkChange) => Promise<readonly LinkKeys[]> {
  return shareWork<LinkChange, readonly LinkKeys[]>({
    run: batch =>
      withConflictRetry(() => (batch[0]?.kind === 'create' ? createAll(prisma, batch) : removeAll(prisma, batch))),
    alike: (one, other) => one.kind === other.kind,
    weight: change => change.links.length,
    heaviest: mostLinks,
  })
}

type LinkRow = { application_id: string; issue_key: string; remote_key: string }
type Asked = { call: number; change: LinkChange; link: LinkKeys }

async function createAll(prisma: PrismaClient, changes: readonly LinkChange[]): Promise<readonly LinkKeys[][]> {
  // A link that several calls ask for is the first one's: a statement cannot insert it twice.
  const first = new Map(
    askedIn(changes)
      .toReversed()
      .map(asked => [identity(asked.change.applicationId, asked.link), asked]),
  )
  const column = columnsOf([...first.values()])
  // All statements lock links in one order, so that no two of them wait for each other in a circle.
  const rows = await prisma.$queryRaw<LinkRow[]>`
    WITH asked AS (
      SELECT * FROM unnest(${column.applicationId}::text[], ${column.issueKey}::text[], ${column.remoteKey}::text[],
          ${column.actorKind}::text[], ${column.actorLogin}::text[], ${column.actorUid}::text[])
        AS asked (application_id, issue_key, remote_key, actor_kind, actor_login, actor_uid)
    ), created AS (
      INSERT INTO link (application_id, issue_key, remote_key)
      SELECT application_id, issue_key, remote_key FROM asked
      ORDER BY application_id COLLATE "C", issue_key COLLATE "C", remote_key COLLATE "C"
      ON CONFLICT DO NOTHING
      RETURNING application_id, issue_key, remote_key
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind, actor_login, actor_uid)
      SELECT application_id, 'created', issue_key, remote_key, actor_kind::actor_kind, actor_login, actor_uid::bigint
      FROM created JOIN asked USING (application_id, issue_key, remote_key)
    )
    SELECT * FROM created`
  const created = new Set(rows.map(rowIdentity))
  return changes.map(({ applicationId, links }, call) =>
    links.filter(link => {
      const id = identity(applicationId, link)
      return created.has(id) && first.get(id)?.call === call
    }),
  )
}

async function removeAll(prisma: PrismaClient, changes: readonly LinkChange[]): Promise<readonly LinkKeys[][]> {
  const column = columnsOf(askedIn(changes))
  const rows = await prisma.$queryRaw<LinkRow[]>`
    WITH asked AS (
      SELECT * FROM unnest(${column.call}::int[], ${column.applicationId}::text[], ${column.issueKey}::text[],
          ${column.remoteKey}::text[], ${column.actorKind}::text[], ${column.actorLogin}::text[], ${column.actorUid}::text[])
        AS asked (call, application_id, issue_key, remote_key, actor_kind, actor_login, actor_uid)
    ), present AS (
      SELECT application_id, issue_key, remote_key, issue_id FROM link
      WHERE (application_id, issue_key, remote_key) IN (SELECT application_id, issue_key, remote_key FROM asked)
      ORDER BY application_id COLLATE "C", issue_key COLLATE "C", remote_key COLLATE "C"
      FOR UPDATE
    ), decided AS (
      SELECT call FROM asked JOIN present USING (application_id, issue_key, remote_key) GROUP BY call HAVING count(*) = 1
    ), meant AS (
      SELECT DISTINCT ON (application_id, issue_key, remote_key) *
      FROM asked JOIN present USING (application_id, issue_key, remote_key) JOIN decided USING (call)
      ORDER BY application_id, issue_key, remote_key, call
    ), removed AS (
      DELETE FROM link USING meant
      WHERE link.application_id = meant.application_id
        AND link.issue_key = meant.issue_key AND link.remote_key = meant.remote_key
      RETURNING meant.*
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind, actor_login, actor_uid)
      SELECT application_id, 'removed', issue_key, remote_key, issue_id, actor_kind::actor_kind, actor_login, actor_uid::bigint
      FROM removed
    )
    SELECT application_id, issue_key, remote_key FROM present`
  const present = new Set(rows.map(rowIdentity))
  const taken = new Set<string>()
  return changes.map(({ applicationId, links }) => {
    const stored = links.filter(link => present.has(identity(applicationId, link)))
    const [link, another] = stored
    if (!link || another) return stored
    // Where several calls name one link, the first has removed it.
    const id = identity(applicationId, link)
    if (taken.has(id)) return []
    taken.add(id)
    return stored
  })
}

const askedIn = (changes: readonly LinkChange[]): Asked[] =>
  changes.flatMap((change, call) => change.links.map(link => ({ call, change, link })))

/** The values of a statement, column by column. */
function columnsOf(asked: readonly Asked[]) {
  return {
    call: asked.map(({ call }) => call),
    applicationId: asked.map(({ change }) => change.applicationId),
    issueKey: asked.map(({ link }) => link.issueKey),
    remoteKey: asked.map(({ link }) => link.remoteKey),
    actorKind: asked.map(({ change }) => change.actor.kind),
    actorLogin: asked.map(({ change }) => change.actor.login ?? null),
    actorUid: asked.map(({ change }) => change.actor.uid?.toString() ?? null),
  }
}

// No key holds a NUL.
const identity = (applicationId: string, { issueKey, remoteKey }: LinkKeys) =>
  `${applicationId}\0${issueKey}\0${remoteKey}`
const rowIdentity = (row: LinkRow) => `${row.application_id}\0${row.issue_key}\0${row.remote_key}`
