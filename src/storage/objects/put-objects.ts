import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Queries } from '../database/queries.ts'
import { columnList, objectRecord } from './object-columns.ts'

/** An object to be stored. `sequence` is the application's own version of it, 0 to 2^63-1. */
export type PutObject = ObjectInfo & { sequence?: bigint }

/** What became of an object. `stale`: the stored one has a higher sequence, and stays. */
export type PutResult = 'created' | 'changed' | 'unchanged' | 'stale'

/**
 * Stores objects, all or none, and returns what became of each. `objects` hold each key once. An object that exists becomes as
 * given, unless its sequence is higher; without a given sequence the stored one stays.
 */
export async function putObjects(
  prisma: Queries,
  applicationId: string,
  objects: readonly PutObject[],
): Promise<PutResult[]> {
  const results = await storeObjects(prisma, applicationId, objects)
  const isStale = await findStale(
    prisma,
    applicationId,
    objects.filter(({ sequence }, index) => sequence !== undefined && results[index] === 'kept'),
  )
  return results.map((result, index) => {
    if (result !== 'kept') return result
    return isStale((objects[index] as PutObject).key) ? 'stale' : 'unchanged'
  })
}

/** The same, but objects that were not stored, because they are equal or came late, are `kept`. */
export async function storeObjects(
  prisma: Queries,
  applicationId: string,
  objects: readonly PutObject[],
): Promise<('created' | 'changed' | 'kept')[]> {
  const rows = objects.map(object => ({ ...objectRecord(object), sequence: object.sequence?.toString() }))
  // Rows are locked in the order of their keys, so that calls cannot deadlock. The keys of those that were created or changed
  // come back only if not all of them were. PostgreSQL reads json in half the time of jsonb.
  const [told] = await prisma.$queryRaw<[{ created: RemoteKey[] | null; changed: RemoteKey[] | null }]>`
    /* put objects */
    WITH put AS (
      INSERT INTO linked_object (application_id, key, ${columnList.names}, sequence)
      SELECT ${applicationId}, key, ${columnList.names}, sequence
      FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r(key text, ${columnList.typed}, sequence bigint)
      ORDER BY key COLLATE "C"
      ON CONFLICT (application_id, key) DO UPDATE SET
        (${columnList.names}, sequence, fetched_at, stored_at) =
        (${columnList.excluded}, coalesce(excluded.sequence, linked_object.sequence), NULL, excluded.stored_at)
      WHERE (excluded.sequence IS NULL OR linked_object.sequence IS NULL
             OR excluded.sequence >= linked_object.sequence)
        AND (${columnList.stored}, linked_object.sequence) IS DISTINCT FROM
            (${columnList.excluded}, coalesce(excluded.sequence, linked_object.sequence))
      RETURNING key, (xmax = 0) AS is_new
    ), ended AS (
      -- The key is that of another object now.
      DELETE FROM object_alias USING put
      WHERE is_new AND object_alias.application_id = ${applicationId} AND object_alias.alias = put.key
    )
    SELECT CASE count(*) FILTER (WHERE is_new) WHEN ${rows.length}::int THEN NULL
           ELSE coalesce(array_agg(key) FILTER (WHERE is_new), '{}') END AS created,
           CASE count(*) FILTER (WHERE NOT is_new) WHEN ${rows.length}::int THEN NULL
           ELSE coalesce(array_agg(key) FILTER (WHERE NOT is_new), '{}') END AS changed
    FROM put`
  if (told.created === null) return objects.map(() => 'created')
  if (told.changed === null) return objects.map(() => 'changed')
  const [created, changed] = [new Set(told.created), new Set(told.changed)]
  return objects.map(({ key }) => (created.has(key) ? 'created' : changed.has(key) ? 'changed' : 'kept'))
}

/**
 * Which of the objects that were not stored came late. Read afterwards, when others may have changed them again: then the
 * answer is as if they had come only now, which is just as true.
 */
async function findStale(
  prisma: Queries,
  applicationId: string,
  objects: readonly PutObject[],
): Promise<(key: RemoteKey) => boolean> {
  if (objects.length === 0) return () => false
  const rows = await prisma.$queryRaw<{ key: string; sequence: bigint | null }[]>`
    /* find sequences */
    SELECT key, sequence FROM linked_object
    WHERE application_id = ${applicationId} AND key = ANY (${objects.map(({ key }) => key)}::text[])`
  const stored = new Map(rows.map(row => [row.key, row.sequence]))
  const stale = new Set(
    objects
      // Removed since: it was not stored because of a later one.
      .filter(({ key, sequence }) => !stored.has(key) || (stored.get(key) ?? -1n) > (sequence as bigint))
      .map(({ key }) => key),
  )
  return key => stale.has(key)
}
