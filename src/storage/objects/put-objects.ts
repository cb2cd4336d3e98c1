import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Queries } from '../database/queries.ts'
import { columns } from './object-row.ts'

/** An object to be stored. `sequence` is the application's own version of it, 0 to 2^63-1. */
export type PutObject = ObjectInfo & { sequence?: bigint }

/** What became of an object; `stale`: one with a higher sequence is stored, and stays. */
export type PutResult = 'created' | 'changed' | 'unchanged' | 'stale'

/**
 * Stores objects, all or none, and says what became of each. `objects` hold each key once. An object that is there already
 * becomes as given, unless its sequence is higher; where none is given, the stored one stays.
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

/** The same, but of those that were not stored, because they were so already or came late, it says `kept`. */
export async function storeObjects(
  prisma: Queries,
  applicationId: string,
  objects: readonly PutObject[],
): Promise<('created' | 'changed' | 'kept')[]> {
  const rows = objects.map(object => ({ ...columns(object), sequence: object.sequence?.toString() }))
  // Rows are locked in the order of their keys, so that no two calls wait for each other in a circle. Which ones were
  // created or changed is only told where not all of them were. json is read in half of the time of jsonb.
  const [told] = await prisma.$queryRaw<[{ created: RemoteKey[] | null; changed: RemoteKey[] | null }]>`
    /* put objects */
    WITH put AS (
      INSERT INTO linked_object (application_id, key, summary, icon_url, status_name, status_description,
        resolution_name, resolution_description, assignee_tracker_uid, assignee_passport_uid, assignee_login,
        updated, deadline, sequence)
      SELECT ${applicationId}, r.*
      FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r(key text, summary text,
        icon_url text, status_name text, status_description text, resolution_name text, resolution_description text,
        assignee_tracker_uid bigint, assignee_passport_uid bigint, assignee_login text,
        updated timestamptz, deadline timestamptz, sequence bigint)
      ORDER BY key COLLATE "C"
      ON CONFLICT (application_id, key) DO UPDATE SET
        (summary, icon_url, status_name, status_description, resolution_name, resolution_description,
         assignee_tracker_uid, assignee_passport_uid, assignee_login, updated, deadline, sequence,
         fetched_at, stored_at) =
        (excluded.summary, excluded.icon_url, excluded.status_name, excluded.status_description,
         excluded.resolution_name, excluded.resolution_description, excluded.assignee_tracker_uid,
         excluded.assignee_passport_uid, excluded.assignee_login, excluded.updated, excluded.deadline,
         coalesce(excluded.sequence, linked_object.sequence), NULL, now())
      WHERE (excluded.sequence IS NULL OR linked_object.sequence IS NULL
             OR excluded.sequence >= linked_object.sequence)
        AND (linked_object.summary, linked_object.icon_url, linked_object.status_name,
         linked_object.status_description, linked_object.resolution_name, linked_object.resolution_description,
         linked_object.assignee_tracker_uid, linked_object.assignee_passport_uid, linked_object.assignee_login,
         linked_object.updated, linked_object.deadline, linked_object.sequence) IS DISTINCT FROM
        (excluded.summary, excluded.icon_url, excluded.status_name, excluded.status_description,
         excluded.resolution_name, excluded.resolution_description, excluded.assignee_tracker_uid,
         excluded.assignee_passport_uid, excluded.assignee_login, excluded.updated, excluded.deadline,
         coalesce(excluded.sequence, linked_object.sequence))
      RETURNING key, (xmax = 0) AS is_new
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
 * Which of the objects that were not stored came late. Read afterwards, when others may have changed them again: then it is
 * told as if they had come only now, which is as true.
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
      // Removed in between: it was not stored because of a later one.
      .filter(({ key, sequence }) => !stored.has(key) || (stored.get(key) ?? -1n) > (sequence as bigint))
      .map(({ key }) => key),
  )
  return key => stale.has(key)
}
