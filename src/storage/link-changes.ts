import { withConflictRetry } from './database-problem.ts'
import type { LinkKeys } from './link-store.ts'
import type { PrismaClient } from './prisma-client/client.ts'
import { perApplication, shareWork } from './shared-work.ts'

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
 * A function that changes links. Those changes of an application that come at one moment and are alike are one statement,
 * so that they share its commit; their events are in that statement, too: a change and its history are both there or
 * neither. Changes are made in the order in which they came.
 *
 * `create` returns the links that are new. `remove` returns the links that were stored: if it is one, it is removed now;
 * if they are several, nothing is. Errors are the driver's.
 */
export function linkChanger(prisma: PrismaClient): (change: LinkChange) => Promise<readonly LinkKeys[]> {
  const changesOf = perApplication(applicationId =>
    shareWork<LinkChange, readonly LinkKeys[]>({
      run: batch => {
        const change = batch[0]?.kind === 'create' ? createAll : removeAll
        return withConflictRetry(() => change(prisma, applicationId, batch))
      },
      alike: (one, other) => one.kind === other.kind,
      weight: ({ links }) => links.length,
      heaviest: mostLinks,
    }),
  )
  return change => changesOf(change.applicationId)(change)
}

type LinkRow = { issue_key: string; remote_key: string }
type Asked = { call: number; link: LinkKeys; actor: EventActor }
type ChangeAll = (prisma: PrismaClient, applicationId: string, changes: readonly LinkChange[]) => Promise<LinkKeys[][]>

const createAll: ChangeAll = async (prisma, applicationId, changes) => {
  // A link that several calls ask for is the first one's: a statement cannot insert it twice.
  const first = new Map(
    askedIn(changes)
      .toReversed()
      .map(asked => [identity(asked.link), asked]),
  )
  const column = columnsOf([...first.values()])
  // All statements lock links in one order, so that no two of them wait for each other in a circle.
  const rows = await prisma.$queryRaw<LinkRow[]>`
    WITH asked AS (
      SELECT * FROM unnest(${column.issueKey}::text[], ${column.remoteKey}::text[], ${column.actorKind}::text[],
          ${column.actorLogin}::text[], ${column.actorUid}::text[])
        AS asked (issue_key, remote_key, actor_kind, actor_login, actor_uid)
    ), created AS (
      INSERT INTO link (application_id, issue_key, remote_key)
      SELECT ${applicationId}, issue_key, remote_key FROM asked
      ORDER BY issue_key COLLATE "C", remote_key COLLATE "C"
      ON CONFLICT DO NOTHING
      RETURNING issue_key, remote_key
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind, actor_login, actor_uid)
      SELECT ${applicationId}, 'created', issue_key, remote_key, actor_kind::actor_kind, actor_login, actor_uid::bigint
      FROM created JOIN asked USING (issue_key, remote_key)
    )
    SELECT * FROM created`
  const created = new Set(rows.map(rowIdentity))
  return changes.map(({ links }, call) =>
    links.filter(link => created.has(identity(link)) && first.get(identity(link))?.call === call),
  )
}

const removeAll: ChangeAll = async (prisma, applicationId, changes) => {
  const column = columnsOf(askedIn(changes))
  const rows = await prisma.$queryRaw<LinkRow[]>`
    WITH asked AS (
      SELECT * FROM unnest(${column.call}::int[], ${column.issueKey}::text[], ${column.remoteKey}::text[],
          ${column.actorKind}::text[], ${column.actorLogin}::text[], ${column.actorUid}::text[])
        AS asked (call, issue_key, remote_key, actor_kind, actor_login, actor_uid)
    ), present AS (
      SELECT issue_key, remote_key, issue_id FROM link
      WHERE application_id = ${applicationId}
        AND (issue_key, remote_key) IN (SELECT issue_key, remote_key FROM asked)
      ORDER BY issue_key COLLATE "C", remote_key COLLATE "C"
      FOR UPDATE
    ), decided AS (
      SELECT call FROM asked JOIN present USING (issue_key, remote_key) GROUP BY call HAVING count(*) = 1
    ), meant AS (
      SELECT DISTINCT ON (issue_key, remote_key) *
      FROM asked JOIN present USING (issue_key, remote_key) JOIN decided USING (call)
      ORDER BY issue_key, remote_key, call
    ), removed AS (
      DELETE FROM link USING meant
      WHERE link.application_id = ${applicationId}
        AND link.issue_key = meant.issue_key AND link.remote_key = meant.remote_key
      RETURNING meant.*
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind, actor_login, actor_uid)
      SELECT ${applicationId}, 'removed', issue_key, remote_key, issue_id, actor_kind::actor_kind, actor_login,
             actor_uid::bigint
      FROM removed
    )
    SELECT issue_key, remote_key FROM present`
  const present = new Set(rows.map(rowIdentity))
  const taken = new Set<string>()
  return changes.map(({ links }) => {
    const stored = links.filter(link => present.has(identity(link)))
    const [link, another] = stored
    if (!link || another) return stored
    // Where several calls name one link, the first has removed it.
    if (taken.has(identity(link))) return []
    taken.add(identity(link))
    return stored
  })
}

const askedIn = (changes: readonly LinkChange[]): Asked[] =>
  changes.flatMap(({ links, actor }, call) => links.map(link => ({ call, link, actor })))

/** The values of a statement, column by column. */
function columnsOf(asked: readonly Asked[]) {
  return {
    call: asked.map(({ call }) => call),
    issueKey: asked.map(({ link }) => link.issueKey),
    remoteKey: asked.map(({ link }) => link.remoteKey),
    actorKind: asked.map(({ actor }) => actor.kind),
    actorLogin: asked.map(({ actor }) => actor.login ?? null),
    actorUid: asked.map(({ actor }) => actor.uid?.toString() ?? null),
  }
}

// An issue key holds no space.
const identity = ({ issueKey, remoteKey }: LinkKeys) => `${issueKey} ${remoteKey}`
const rowIdentity = (row: LinkRow) => `${row.issue_key} ${row.remote_key}`
