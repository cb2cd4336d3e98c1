import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { PrismaClient } from '../prisma-client/client.ts'
import type { LinkedObjectModel } from '../prisma-client/models.ts'
import { perApplication, shareWork } from '../work/shared-work.ts'
import { objectChannel } from './object-changes.ts'
import { columns, objectInfo } from './object-row.ts'

/** A last good card. `age`: milliseconds since its source was asked for it (or since it was pushed), by the database's clock. */
export type FetchedCard = { info: ObjectInfo; age: number }

/** What a source said of an object when it was asked `age` milliseconds ago; without `info`: that it knows no such object. */
export type Fetched = { key: RemoteKey; info: ObjectInfo | undefined; age: () => number }

export type FetchedCards = ReturnType<typeof fetchedCards>

type Row = LinkedObjectModel & { age: number }

/**
 * The last good cards of applications that have a source. What was asked of the source later stays, whoever writes last.
 * Calls of one moment are one statement. Errors are the driver's; `databaseProblem` tells them apart.
 */
export function fetchedCards(prisma: PrismaClient) {
  const readsOf = perApplication(applicationId =>
    shareWork<readonly RemoteKey[], Map<RemoteKey, FetchedCard>>({
      run: questions => readEach(prisma, applicationId, questions),
      alike: () => true,
      weight: keys => keys.length,
      heaviest: 1_000,
      heavy: Infinity,
      touches: () => [],
    }),
  )
  const writesOf = perApplication(applicationId =>
    shareWork<Fetched, boolean>({
      run: fetched => writeEach(prisma, applicationId, fetched),
      alike: (one, other) => (one.info === undefined) === (other.info === undefined),
      weight: () => 1,
      // As many as are told of one by one, see the migration that tells changes.
      heaviest: 100,
      heavy: Infinity,
      touches: ({ key }) => [key],
    }),
  )
  return {
    /** The cards of those of these keys that are stored. */
    read: (applicationId: string, keys: readonly RemoteKey[]) => readsOf(applicationId)(keys),
    /** Stores what a source said, and tells every server. False where a later word is there already, and stays. */
    write: (applicationId: string, fetched: Fetched) => writesOf(applicationId)(fetched),
  }
}

async function readEach(prisma: PrismaClient, applicationId: string, questions: readonly (readonly RemoteKey[])[]) {
  const rows = await prisma.$queryRaw<Row[]>`/* last good cards */
    SELECT application_id AS "applicationId", key, summary, icon_url AS "iconUrl", status_name AS "statusName",
      status_description AS "statusDescription", resolution_name AS "resolutionName",
      resolution_description AS "resolutionDescription", assignee_tracker_uid AS "assigneeTrackerUid",
      assignee_passport_uid AS "assigneePassportUid", assignee_login AS "assigneeLogin", updated, deadline,
      (extract(epoch FROM now() - COALESCE(fetched_at, stored_at)) * 1000)::float8 AS age
    FROM linked_object WHERE application_id = ${applicationId} AND key = ANY(${questions.flat()})`
  const cardOf = new Map(rows.map(row => [row.key, { info: objectInfo(row), age: row.age }]))
  return questions.map(
    keys =>
      new Map(
        keys.flatMap(key => {
          const card = cardOf.get(key)
          return card === undefined ? [] : [[key, card] as const]
        }),
      ),
  )
}

/** Whether each of these is what is stored now. */
async function writeEach(prisma: PrismaClient, applicationId: string, fetched: readonly Fetched[]): Promise<boolean[]> {
  // In the order of the keys, so that no two statements wait for each other; of one key the latest word only.
  const latest = new Map(fetched.toSorted((one, other) => other.age() - one.age()).map(one => [one.key, one]))
  const sorted = [...latest.values()].sort((one, other) => (one.key < other.key ? -1 : 1))
  const removed = sorted[0]?.info === undefined
  const written = await (removed ? removeEach(prisma, applicationId, sorted) : putEach(prisma, applicationId, sorted))
  return fetched.map(one => latest.get(one.key) === one && written.has(one.key))
}

// That an object is new is told here: the triggers tell changes and removals only, since nobody remembers that an object of
// the store is missing.
async function putEach(prisma: PrismaClient, applicationId: string, fetched: readonly Fetched[]) {
  const given = fetched.map(({ info, age }) => ({ ...columns(info as ObjectInfo), age: age() }))
  const rows = await prisma.$queryRaw<{ key: string }[]>`
    WITH written AS (
      INSERT INTO linked_object (application_id, key, summary, icon_url, status_name, status_description,
        resolution_name, resolution_description, assignee_tracker_uid, assignee_passport_uid, assignee_login,
        updated, deadline, fetched_at)
      SELECT ${applicationId}, r.key, r.summary, r.icon_url, r.status_name, r.status_description, r.resolution_name,
        r.resolution_description, r.assignee_tracker_uid, r.assignee_passport_uid, r.assignee_login, r.updated,
        r.deadline, now() - r.age * interval '1 millisecond'
      FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb) AS r(key text, summary text,
        icon_url text, status_name text, status_description text, resolution_name text, resolution_description text,
        assignee_tracker_uid bigint, assignee_passport_uid bigint, assignee_login text,
        updated timestamptz, deadline timestamptz, age float8)
      ON CONFLICT (application_id, key) DO UPDATE SET
        (summary, icon_url, status_name, status_description, resolution_name, resolution_description,
         assignee_tracker_uid, assignee_passport_uid, assignee_login, updated, deadline, fetched_at, stored_at) =
        (excluded.summary, excluded.icon_url, excluded.status_name, excluded.status_description,
         excluded.resolution_name, excluded.resolution_description, excluded.assignee_tracker_uid,
         excluded.assignee_passport_uid, excluded.assignee_login, excluded.updated, excluded.deadline,
         excluded.fetched_at, now())
      WHERE COALESCE(linked_object.fetched_at, linked_object.stored_at) <= excluded.fetched_at
      RETURNING key, (xmax = 0) AS is_new)
    SELECT key, CASE WHEN is_new THEN pg_notify(${objectChannel}, ${applicationId} || ' ' || key)::text END AS told
    FROM written`
  return new Set(rows.map(row => row.key))
}

async function removeEach(prisma: PrismaClient, applicationId: string, fetched: readonly Fetched[]) {
  const given = fetched.map(({ key, age }) => ({ key, age: age() }))
  // What is left is a later word; a key that was not there counts as removed. That is told, too: another server may be about
  // to store what it was told before.
  const rows = await prisma.$queryRaw<{ key: string }[]>`
    WITH given AS (
      SELECT key, now() - age * interval '1 millisecond' AS asked_at
      FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb) AS r(key text, age float8)),
    removed AS (
      DELETE FROM linked_object AS o USING given
      WHERE o.application_id = ${applicationId} AND o.key = given.key
        AND COALESCE(o.fetched_at, o.stored_at) <= given.asked_at
      RETURNING o.key),
    missing AS (
      SELECT key, pg_notify(${objectChannel}, ${applicationId} || ' ' || key)::text AS told FROM given
      WHERE NOT EXISTS (SELECT FROM linked_object AS o WHERE o.application_id = ${applicationId} AND o.key = given.key))
    SELECT key, NULL AS told FROM removed UNION ALL SELECT key, told FROM missing`
  return new Set(rows.map(row => row.key))
}
