import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Queries } from '../database/queries.ts'
import type { LinkedObjectModel } from '../prisma-client/models.ts'
import { perApplication, shareWork } from '../work/shared-work.ts'
import { findObject, type ObjectCheck, pushObject, removeObject } from './change-object.ts'
import { objectInfo } from './object-row.ts'
import { type PutObject, putObjects } from './put-objects.ts'
import { type Renaming, renameObject } from './rename-object.ts'
import { countObjects, type ObjectFilter, searchObjects } from './search-objects.ts'

export type ObjectStore = ReturnType<typeof objectStore>

/** The objects of applications, as their cards show them. Errors are the driver's; `databaseProblem` tells them apart. */
export function objectStore(prisma: Queries) {
  const questionsOf = perApplication(applicationId =>
    shareWork<readonly RemoteKey[], ObjectInfo | undefined>({
      run: questions => findEach(prisma, applicationId, questions),
      alike: () => true,
      weight: keys => keys.length,
      heaviest: 1_000,
      heavy: Infinity,
      touches: () => [],
    }),
  )
  return {
    /** The object with the first of these keys that is stored; undefined where none is. Questions of one moment are one query. */
    findFirst: (applicationId: string, keys: readonly RemoteKey[]) => questionsOf(applicationId)(keys),

    /** Those of these keys that have an object. */
    async known(applicationId: string, keys: readonly RemoteKey[]): Promise<Set<RemoteKey>> {
      const rows = await prisma.linkedObject.findMany({
        where: { applicationId, key: { in: [...keys] } },
        select: { key: true },
      })
      return new Set(rows.map(row => row.key as RemoteKey))
    },

    /** Stores objects, all or none, see put-objects.ts. */
    put: (applicationId: string, objects: readonly PutObject[]) => putObjects(prisma, applicationId, objects),

    /** One object, with what is stored beside its card. */
    find: (applicationId: string, key: RemoteKey) => findObject(prisma, applicationId, key),

    /** Objects that fit a filter, and how many they are, see search-objects.ts. */
    search: (applicationId: string, filter: ObjectFilter, page: { after?: RemoteKey; skip?: number; limit: number }) =>
      searchObjects(prisma, applicationId, filter, page),
    count: (applicationId: string, filter: ObjectFilter) => countObjects(prisma, applicationId, filter),

    /** Changes of one object that depend on how it is, see change-object.ts. */
    push: (applicationId: string, object: PutObject, check?: ObjectCheck) =>
      pushObject(prisma, applicationId, object, check),
    remove: (applicationId: string, key: RemoteKey, check?: ObjectCheck) =>
      removeObject(prisma, applicationId, key, check),

    /** Moves an object and its links to another key, see rename-object.ts. */
    rename: (applicationId: string, renaming: Renaming) => renameObject(prisma, applicationId, renaming),

    /** Objects of an application in the order of their keys, at most `limit`, those after the key `after`. */
    async list(applicationId: string, { after, limit }: { after?: RemoteKey; limit: number }): Promise<ObjectInfo[]> {
      const rows = await prisma.linkedObject.findMany({
        where: { applicationId, ...(after !== undefined && { key: { gt: after } }) },
        orderBy: { key: 'asc' },
        take: limit,
      })
      return rows.map(objectInfo)
    },
  }
}

/** For each question, the object with the first of its keys that is stored. */
async function findEach(prisma: Queries, applicationId: string, questions: readonly (readonly RemoteKey[])[]) {
  const rows = await prisma.linkedObject.findMany({ where: { applicationId, key: { in: questions.flat() } } })
  const rowOf = new Map(rows.map(row => [row.key, row]))
  return questions.map(keys => {
    const key = keys.find(one => rowOf.has(one))
    return key === undefined ? undefined : objectInfo(rowOf.get(key) as LinkedObjectModel)
  })
}
