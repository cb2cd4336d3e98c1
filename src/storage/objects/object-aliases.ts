import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Queries } from '../database/queries.ts'
import { perApplication, shareWork } from '../work/shared-work.ts'
import { objectChannel } from './object-changes.ts'

// A former key of an object that was renamed is an alias: Tracker may have remote links with it, and calls with it. Aliases are
// never in chains: each names the present key. Servers remember which keys are none, so each change of one is notified.

/** The present keys of those of these keys that are former keys. */
export type FindAliases = (applicationId: string, keys: readonly RemoteKey[]) => Promise<Map<RemoteKey, RemoteKey>>

/** A function that finds the objects of former keys. Calls made at the same time share one query. Errors are the driver's. */
export function aliasFinder(database: Queries): FindAliases {
  const questionsOf = perApplication(applicationId =>
    shareWork<readonly RemoteKey[], Map<RemoteKey, RemoteKey>>({
      run: questions => findEach(database, applicationId, questions),
      alike: () => true,
      weight: keys => keys.length,
      heaviest: 1_000,
      heavy: Infinity,
      touches: () => [],
    }),
  )
  return (applicationId, keys) => questionsOf(applicationId)(keys)
}

async function findEach(database: Queries, applicationId: string, questions: readonly (readonly RemoteKey[])[]) {
  const rows = await database.$queryRaw<{ alias: RemoteKey; remote_key: RemoteKey }[]>`
    /* find aliases */
    SELECT alias, remote_key FROM object_alias
    WHERE application_id = ${applicationId} AND alias = ANY (${questions.flat()}::text[])`
  const found = new Map(rows.map(({ alias, remote_key }) => [alias, remote_key]))
  return questions.map(() => found)
}

type Renaming = { from: RemoteKey; to: RemoteKey }

/**
 * An object with many links is renamed in steps, and this is the first. Until the last one the object is at its old key, and each
 * link at one of the two: each key answers for the other.
 */
export async function beginAliases(tx: Queries, applicationId: string, { from, to }: Renaming): Promise<void> {
  await lockAliases(tx, applicationId)
  await putAlias(tx, applicationId, from, to)
  await putAlias(tx, applicationId, to, from)
  await tellAliases(tx, applicationId, [from, to])
}

/** The object is at its new key: that and all former ones lead there, and the new one is no former key of anything. */
export async function endRenaming(tx: Queries, applicationId: string, { from, to }: Renaming): Promise<void> {
  await lockAliases(tx, applicationId)
  await tx.objectAlias.deleteMany({ where: { applicationId, alias: to } })
  await tx.objectAlias.updateMany({ where: { applicationId, remoteKey: from }, data: { remoteKey: to } })
  await putAlias(tx, applicationId, from, to)
  const former = await tx.objectAlias.findMany({ where: { applicationId, remoteKey: to }, select: { alias: true } })
  await tellAliases(tx, applicationId, [to, ...former.map(({ alias }) => alias)])
}

/** Renamings of one application change its aliases one after the other: two that name the same keys could deadlock. */
async function lockAliases(tx: Queries, applicationId: string): Promise<void> {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtext('object_alias'), hashtext(${applicationId}))::text`
}

async function putAlias(tx: Queries, applicationId: string, alias: RemoteKey, remoteKey: RemoteKey): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO object_alias (application_id, alias, remote_key, followed)
    VALUES (${applicationId}, ${alias}, ${remoteKey},
            EXISTS (SELECT FROM follower WHERE application_id = ${applicationId} AND name = 'mirror'))
    ON CONFLICT (application_id, alias) DO UPDATE
    SET remote_key = excluded.remote_key, created_at = excluded.created_at, followed = excluded.followed`
}

/** A server may have remembered that these keys have no object, or another one. */
async function tellAliases(tx: Queries, applicationId: string, keys: readonly string[]): Promise<void> {
  await tx.$queryRaw`
    SELECT pg_notify(${objectChannel}, ${applicationId} || ' ' || key)::text FROM unnest(${[...keys]}::text[]) AS told (key)`
}

/** The present key of an object that had this one before it was renamed. */
export async function presentKeyOf(
  database: Queries,
  applicationId: string,
  key: RemoteKey,
): Promise<RemoteKey | undefined> {
  return (await findEach(database, applicationId, [[key]]))[0]?.get(key)
}

/** A former key of an object. `linksInTracker`: those that Tracker may have with it; null if nobody has followed that. */
export type FormerKey = { key: RemoteKey; since: Date; linksInTracker: number | null }

/** The former keys of an object, the latest first. */
export function formerKeysOf(database: Queries, applicationId: string, key: RemoteKey): Promise<FormerKey[]> {
  return database.$queryRaw<FormerKey[]>`
    /* former keys */
    SELECT alias AS key, created_at AS since,
           CASE WHEN followed OR mirrored.links > 0 THEN mirrored.links END AS "linksInTracker"
    FROM object_alias, LATERAL (
      SELECT count(*)::int AS links FROM link_mirror
      WHERE application_id = object_alias.application_id AND remote_key = alias
        AND agreed IS DISTINCT FROM 'absent'::link_state) AS mirrored
    WHERE application_id = ${applicationId} AND remote_key = ${key}
    ORDER BY created_at DESC, alias`
}
