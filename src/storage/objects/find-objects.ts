import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { statementsOf } from '../database/connection/statements.ts'
import type { Queries } from '../database/queries.ts'
import { perApplication, shareWork } from '../work/shared-work.ts'
import { type PlainCardRow, plainCardColumns, plainObjectInfo } from './object-columns.ts'

/** Finds the object with the first of these keys that is stored; undefined if none is. */
export type FindObject = (applicationId: string, keys: readonly RemoteKey[]) => Promise<ObjectInfo | undefined>

/** A function that finds objects. Calls made at the same time share one query. Errors are the driver's. */
export function objectFinder(database: Queries): FindObject {
  const questionsOf = perApplication(applicationId =>
    shareWork<readonly RemoteKey[], ObjectInfo | undefined>({
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

// The array stands in a query of its own, so that the plan is kept, see remove-links.ts: with one key PostgreSQL took twice the time.
const readCards = `/* cards */
  SELECT ${plainCardColumns} FROM linked_object
  WHERE application_id = $1 AND key = ANY ((SELECT $2::text[])::text[])`

/** For each list of keys, the object with the first of them that is stored. */
async function findEach(database: Queries, applicationId: string, questions: readonly (readonly RemoteKey[])[]) {
  const rows = await statementsOf(database)<PlainCardRow>(readCards, [applicationId, questions.flat()])
  const rowOf = new Map(rows.map(row => [row.key, row]))
  return questions.map(keys => {
    const key = keys.find(one => rowOf.has(one))
    return key === undefined ? undefined : plainObjectInfo(rowOf.get(key) as PlainCardRow)
  })
}

const readStoredKeys = `/* stored keys */
  SELECT key FROM linked_object WHERE application_id = $1 AND key = ANY ((SELECT $2::text[])::text[])`

/** The keys that no stored object has. */
export async function missingKeys(
  database: Queries,
  applicationId: string,
  keys: readonly RemoteKey[],
): Promise<RemoteKey[]> {
  const rows = await statementsOf(database)<{ key: string }>(readStoredKeys, [applicationId, keys])
  const stored = new Set<string>(rows.map(row => row.key))
  return keys.filter(key => !stored.has(key))
}
