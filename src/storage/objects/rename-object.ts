import { Problem } from '../../errors/problem.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { readDatabaseFault } from '../database/connection/database-fault.ts'
import { withConflictRetry } from '../database/connection/database-problem.ts'
import type { Queries } from '../database/queries.ts'
import { moveToPresentKey } from '../links/follow-renaming.ts'
import type { EventActor } from '../links/link-batch.ts'
import { type MovedLinks, moveLinks } from '../links/move-links.ts'
import { untilWritersEnd } from '../links/open-writers.ts'
import { Prisma } from '../prisma-client/client.ts'
import { beginAliases, endRenaming } from './object-aliases.ts'

/** `linksOnly`: the object is not ours to rename, since its card comes from a source. */
export type Renaming = { from: RemoteKey; to: RemoteKey; actor: EventActor; linksOnly?: boolean }

/** What was renamed: whether there was an object, and the links. */
export type Renamed = { object: boolean } & MovedLinks

/** Links of one step: few enough that it takes a tenth of what a statement may, and that nobody waits long for their locks. */
const stepLinks = 2_000
/** Links that the last step may have: more of them were created since. */
const lastLinks = 3 * stepLinks
/** Milliseconds after which a call ends and the next one goes on: callers, and proxies before us, do not wait for ever. */
const longestCall = 20_000
/** Milliseconds to wait for the transactions that write links and do not know the renaming yet. */
const longestWait = 5_000

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
 * had it, a `created` event, so that a copy made from the events stays correct. Meanwhile each of the two keys answers for the
 * other, see object-aliases.ts. Throws Problem `object-exists`,
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
      if (after === '') await beginAliases(tx, applicationId, renaming)
      return { ...(await moveLinks(tx, applicationId, { ...renaming, issues })), upTo: last.issue_key }
    }),
  )
}

/**
 * The last step: moves an object and the links that it still has to another key, in one transaction. Call `moveMostLinks`
 * before, and `moveLateLinks` after its commit. Throws Problem `object-exists`, `rename-unfinished`.
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
    const last = await moveLinks(tx, applicationId, { ...renaming, issues: Prisma.sql`true` })
    const renamed = { object, links: moved.links + last.links, merged: moved.merged + last.merged }
    if (object || renamed.links > 0) await endRenaming(tx, applicationId, renaming)
    return renamed
  }
  return withConflictRetry(() => prisma.$transaction(lastStep)).catch(tellMoved(renaming, moved))
}

/**
 * Once the renaming is committed: links that were created under the old key while its last step ran, by statements that did not know
 * it yet, move as well. Does nothing if the old key no longer leads to the object. Throws Problem `rename-unfinished` if a
 * transaction that writes links stays open for long.
 */
export async function moveLateLinks(
  prisma: Queries,
  applicationId: string,
  { from, to, actor }: Renaming,
  { inTurn = step => step(), wait = longestWait }: Pick<InSteps, 'inTurn'> & { wait?: number } = {},
): Promise<void> {
  if (!(await untilWritersEnd(prisma, ['link'], wait)))
    throw new Problem(
      'rename-unfinished',
      `The object and its links are at ${JSON.stringify(to)}. A transaction that writes links stays open: links that it creates stay ` +
        `at ${JSON.stringify(from)} unless the same call with the same Idempotency-Key is made again.`,
      { headers: { 'retry-after': '1' } },
    )
  await inTurn(() => moveToPresentKey(prisma, applicationId, { from, actor, issues: Prisma.sql`true` }))
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
