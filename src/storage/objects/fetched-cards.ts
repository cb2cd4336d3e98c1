import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { statementsOf } from '../database/connection/statements.ts'
import type { PrismaClient } from '../prisma-client/client.ts'
import { perApplication, shareWork } from '../work/shared-work.ts'
import { objectChannel } from './object-changes.ts'
import { columnList, objectRecord, type PlainCardRow, plainCardColumns, plainObjectInfo } from './object-columns.ts'

/** A last good card. `age`: milliseconds since its source was asked for it (or since it was pushed), by the database's clock. */
export type FetchedCard = { info: ObjectInfo; age: number }

/** What a source answered about an object `age` milliseconds ago; without `info`: that it has no such object. */
export type Fetched = { key: RemoteKey; info: ObjectInfo | undefined; age: () => number }

export type FetchedCards = ReturnType<typeof fetchedCards>

type Row = PlainCardRow & { age: number }

/**
 * The last good cards of applications that have a source. The later answer of the source stays, whoever writes last. Calls of
 * one moment are one statement. Errors are the driver's; `databaseProblem` tells them apart.
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
      // As many as are notified one by one, see the migration that notifies of changes.
      heaviest: 100,
      heavy: Infinity,
      touches: ({ key }) => [key],
    }),
  )
  return {
    /** The cards of those of these keys that are stored. */
    read: (applicationId: string, keys: readonly RemoteKey[]) => readsOf(applicationId)(keys),
    /** Stores what a source answered, and notifies every server. False if a later answer is stored, which stays. */
    write: (applicationId: string, fetched: Fetched) => writesOf(applicationId)(fetched),
  }
}

// The array stands in a query of its own, see find-objects.ts.
const readLastGood = `/* last good cards */
  SELECT ${plainCardColumns}, (extract(epoch FROM now() - coalesce(fetched_at, stored_at)) * 1000)::float8 AS age
  FROM linked_object WHERE application_id = $1 AND key = ANY ((SELECT $2::text[])::text[])`

async function readEach(prisma: PrismaClient, applicationId: string, questions: readonly (readonly RemoteKey[])[]) {
  const rows = await statementsOf(prisma)<Row>(readLastGood, [applicationId, questions.flat()])
  const cardOf = new Map(rows.map(row => [row.key as RemoteKey, { info: plainObjectInfo(row), age: row.age }]))
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
  // In the order of the keys, so that statements cannot deadlock; of each key only the latest answer.
  const latest = new Map(fetched.toSorted((one, other) => other.age() - one.age()).map(one => [one.key, one]))
  const sorted = [...latest.values()].sort((one, other) => (one.key < other.key ? -1 : 1))
  const removed = sorted[0]?.info === undefined
  const written = await (removed ? removeEach(prisma, applicationId, sorted) : putEach(prisma, applicationId, sorted))
  return fetched.map(one => latest.get(one.key) === one && written.has(one.key))
}

// New objects are notified here: the triggers notify of changes and removals only, since no server remembers that an object
// of the store is missing.
async function putEach(prisma: PrismaClient, applicationId: string, fetched: readonly Fetched[]) {
  const given = fetched.map(({ info, age }) => ({ ...objectRecord(info as ObjectInfo), age: age() }))
  const rows = await prisma.$queryRaw<{ key: string }[]>`
    WITH written AS (
      INSERT INTO linked_object (application_id, key, ${columnList.names}, fetched_at)
      SELECT ${applicationId}, key, ${columnList.names}, now() - age * interval '1 millisecond'
      FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb) AS r(key text, ${columnList.typed}, age float8)
      ON CONFLICT (application_id, key) DO UPDATE SET
        (${columnList.names}, fetched_at, stored_at) = (${columnList.excluded}, excluded.fetched_at, excluded.stored_at)
      WHERE COALESCE(linked_object.fetched_at, linked_object.stored_at) <= excluded.fetched_at
      RETURNING key, (xmax = 0) AS is_new)
    SELECT key, CASE WHEN is_new THEN pg_notify(${objectChannel}, ${applicationId} || ' ' || key)::text END AS told
    FROM written`
  return new Set(rows.map(row => row.key))
}

async function removeEach(prisma: PrismaClient, applicationId: string, fetched: readonly Fetched[]) {
  const given = fetched.map(({ key, age }) => ({ key, age: age() }))
  // What remains is a later answer; a missing key counts as removed, and is notified too: another server may be about to
  // store an earlier answer.
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
