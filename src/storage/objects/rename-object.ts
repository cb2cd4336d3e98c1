import { Problem } from '../../errors/problem.ts'
import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { readDatabaseFault } from '../database/connection/database-fault.ts'
import { withConflictRetry } from '../database/connection/database-problem.ts'
import type { Queries } from '../database/queries.ts'
import type { EventActor } from '../links/link-batch.ts'
import { Prisma } from '../prisma-client/client.ts'
import { objectChannel } from './object-changes.ts'

/** `linksOnly`: the object is not ours to rename, since its card comes from a source. */
export type Renaming = { from: RemoteKey; to: RemoteKey; actor: EventActor; linksOnly?: boolean }

/** What was renamed. `links`: how many links moved; `merged`: how many of them the new key already had. */
export type Renamed = { object: boolean } & MovedLinks
type MovedLinks = { links: number; merged: number }

/** Links of one step: few enough that it takes a tenth of what a statement may, and that nobody waits long for their locks. */
const stepLinks = 2_000
/** Links that the last step may have: more of them were created since. */
const lastLinks = 3 * stepLinks
/** Milliseconds after which a call ends and the next one goes on: callers, and proxies before us, do not wait for ever. */
const longestCall = 20_000

type InSteps = {
  /** Does one step when it may. */
  inTurn?: <T>(step: () => Promise<T>) => Promise<T>
  linksOfStep?: number
  longest?: number
}

/**
 * Moves the links of an object to another key, but for the last few, in steps of a transaction each: `renameObject` then moves
 * those and the object in its last step. Until then the object stays at its old key. If anything ends this early, what has
 * moved stays, and the same call again goes on from there. Each link gets a `removed` event and, unless the new key already
 * had it, a `created` event, so that a copy made from the events stays correct. Throws Problem `object-exists`,
 * `rename-unfinished`.
 */
export async function moveMostLinks(
  prisma: Queries,
  applicationId: string,
  renaming: Renaming,
  { inTurn = step => step(), linksOfStep = stepLinks, longest = longestCall }: InSteps = {},
): Promise<MovedLinks> {
  const end = performance.now() + longest
  const moved = { links: 0, merged: 0 }
  const step = (after: string) => moveStep(prisma, applicationId, renaming, { after, linksOfStep, moved: moved.links })
  for (let after = ''; ; ) {
    const done = await inTurn(() => step(after)).catch(tellMoved(renaming, moved))
    if (done === undefined) return moved
    moved.links += done.links
    moved.merged += done.merged
    after = done.upTo
    if (performance.now() > end) throw unfinished(renaming, moved)
  }
}

/** Throws an error, or if links have moved already, the Problem that says so and how to go on. */
const tellMoved =
  (renaming: Renaming, moved: MovedLinks) =>
  (error: unknown): never => {
    throw moved.links === 0 || error instanceof Problem ? error : unfinished(renaming, moved, error)
  }

const unfinished = ({ from, to }: Renaming, { links }: MovedLinks, cause?: unknown) =>
  new Problem(
    'rename-unfinished',
    `${links} links moved from ${JSON.stringify(from)} to ${JSON.stringify(to)} in this call. The object and its other links are ` +
      'still at the old key; the same call again goes on.',
    { headers: { 'retry-after': '1' }, cause },
  )

/** Moves the next links in the order of their issues; undefined if fewer than a whole step are left. */
function moveStep(
  prisma: Queries,
  applicationId: string,
  renaming: Renaming,
  { after, linksOfStep, moved }: { after: string; linksOfStep: number; moved: number },
): Promise<(MovedLinks & { upTo: string }) | undefined> {
  const { from, to, linksOnly = false } = renaming
  return withConflictRetry(() =>
    prisma.$transaction(async tx => {
      if (!linksOnly && (await hasObject(tx, applicationId, to))) throw exists(to, moved)
      const [last] = await tx.$queryRaw<{ issue_key: string }[]>`
        SELECT issue_key FROM link
        WHERE application_id = ${applicationId} AND remote_key = ${from} AND issue_key > ${after}
        ORDER BY issue_key OFFSET ${linksOfStep - 1} LIMIT 1`
      if (last === undefined) return undefined
      const issues = Prisma.sql`issue_key > ${after} AND issue_key <= ${last.issue_key}`
      const held = await holdLinks(tx, applicationId, renaming, issues)
      return { ...(await moveLinks(tx, applicationId, { renaming, issues, held })), upTo: last.issue_key }
    }),
  )
}

/**
 * The last step: moves an object and the links that it still has to another key, in one transaction. Call `moveMostLinks`
 * before. Throws Problem `object-exists`, `rename-unfinished`.
 */
export function renameObject(
  prisma: Queries,
  applicationId: string,
  renaming: Renaming,
  moved: MovedLinks = { links: 0, merged: 0 },
): Promise<Renamed> {
  const { from, to, linksOnly = false } = renaming
  const lastStep = async (tx: Queries) => {
    const object = !linksOnly && (await moveObject(tx, applicationId, { from, to, moved: moved.links }))
    const more = await tx.link.findMany({
      where: { applicationId, remoteKey: from },
      orderBy: { issueKey: 'asc' },
      skip: lastLinks,
      take: 1,
    })
    if (more.length > 0) throw unfinished(renaming, moved)
    const held = await holdLinks(tx, applicationId, renaming, Prisma.sql`true`)
    const last = await moveLinks(tx, applicationId, { renaming, issues: Prisma.sql`true`, held })
    // A server may have cached that the new key has no object.
    await tx.$queryRaw`SELECT pg_notify(${objectChannel}, ${`${applicationId} ${to}`})::text`
    return { object, links: moved.links + last.links, merged: moved.merged + last.merged }
  }
  return withConflictRetry(() => prisma.$transaction(lastStep)).catch(tellMoved(renaming, moved))
}

async function hasObject(tx: Queries, applicationId: string, key: RemoteKey): Promise<boolean> {
  return (await tx.linkedObject.count({ where: { applicationId, key } })) > 0
}

type MoveObject = { from: RemoteKey; to: RemoteKey; moved: number }

async function moveObject(tx: Queries, applicationId: string, { from, to, moved }: MoveObject): Promise<boolean> {
  const found = await tx.$queryRaw<{ key: string }[]>`
    SELECT key FROM linked_object WHERE application_id = ${applicationId} AND key IN (${from}, ${to})
    ORDER BY key COLLATE "C" FOR UPDATE`
  if (found.some(({ key }) => key === to)) throw exists(to, moved)
  if (found.length === 0) return false
  try {
    await tx.linkedObject.update({
      where: { applicationId_key: { applicationId, key: from } },
      data: { key: to, storedAt: new Date() },
    })
    return true
  } catch (error) {
    // Pushed since the check above.
    if (readDatabaseFault(error)?.prismaCode === 'P2002') throw exists(to, moved)
    throw error
  }
}

const exists = (to: RemoteKey, moved: number) =>
  new Problem(
    'object-exists',
    moved === 0
      ? `The application already has an object ${JSON.stringify(to)}; nothing was changed.`
      : `An object ${JSON.stringify(to)} was pushed while ${moved} links moved to this key; the others and the object did not.`,
  )

/** Issues whose link `holdLinks` created: of the new key, and of the old one if it had just been removed there. */
type HeldLinks = { made: IssueKey[]; gone: IssueKey[] }

/**
 * Creates the links of the new key and locks those of both keys, in the same order as every `LinkStatement`, so that they
 * cannot deadlock. ON CONFLICT with a condition that is never true locks a row and does not change it.
 */
async function holdLinks(
  tx: Queries,
  applicationId: string,
  { from, to }: Renaming,
  issues: Prisma.Sql,
): Promise<HeldLinks> {
  const rows = await tx.$queryRaw<{ issue_key: IssueKey; remote_key: RemoteKey }[]>`
    INSERT INTO link (application_id, issue_key, remote_key, issue_id, created_at)
    SELECT link.application_id, link.issue_key, ends.remote_key, link.issue_id, link.created_at
    FROM (SELECT * FROM link WHERE application_id = ${applicationId} AND remote_key = ${from} AND ${issues}) AS link
      CROSS JOIN unnest(ARRAY[${from}, ${to}]) AS ends (remote_key)
    ORDER BY link.issue_key COLLATE "C", ends.remote_key COLLATE "C"
    ON CONFLICT (application_id, issue_key, remote_key) DO UPDATE SET issue_id = link.issue_id WHERE false
    RETURNING issue_key, remote_key`
  const issuesOf = (key: RemoteKey) => rows.filter(row => row.remote_key === key).map(row => row.issue_key)
  return { made: issuesOf(to), gone: issuesOf(from) }
}

async function moveLinks(
  tx: Queries,
  applicationId: string,
  { renaming, issues, held }: { renaming: Renaming; issues: Prisma.Sql; held: HeldLinks },
): Promise<MovedLinks> {
  const { from, to, actor } = renaming
  const { made, gone } = held
  // A link that was removed in the meantime was created again above: delete it, without an event.
  if (gone.length > 0)
    await tx.$executeRaw`
      DELETE FROM link WHERE application_id = ${applicationId} AND issue_key = ANY (${gone}::text[])
        AND (remote_key = ${from} OR (remote_key = ${to} AND issue_key = ANY (${made}::text[])))`
  const [told] = await tx.$queryRaw<[MovedLinks]>`
    WITH removed AS (
      DELETE FROM link AS old
      WHERE application_id = ${applicationId} AND remote_key = ${from} AND ${issues}
        -- Not a join: the planner takes a new application to have few links, and would compare all with all.
        AND (SELECT true FROM link WHERE application_id = ${applicationId} AND issue_key = old.issue_key
                                     AND remote_key = ${to})
      RETURNING old.issue_key, old.issue_id, old.issue_key <> ALL (${made}::text[]) AS is_merged
    ), happened AS (
      SELECT issue_key, issue_id, 'removed'::link_event_kind AS kind, ${from}::text AS remote_key FROM removed
      UNION ALL
      SELECT issue_key, issue_id, 'created', ${to}::text FROM removed WHERE NOT is_merged
    ), told AS (
      INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind, actor_login, actor_uid)
      SELECT ${applicationId}, kind, issue_key, remote_key, issue_id,
             ${actor.kind}::actor_kind, ${actor.login ?? null}::text, ${actor.uid?.toString() ?? null}::bigint
      FROM happened
      ORDER BY issue_key COLLATE "C", kind DESC
    )
    SELECT count(*)::int AS links, (count(*) FILTER (WHERE is_merged))::int AS merged FROM removed`
  return told
}
