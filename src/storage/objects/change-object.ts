import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Queries } from '../database/queries.ts'
import { type PutObject, type PutResult, storeObjects } from './put-objects.ts'
import { type StoredObject, storedObject } from './stored-object.ts'

/** Throws where an object, as it is now, is not to be changed. `undefined`: there is none. */
export type ObjectCheck = (stored: StoredObject | undefined) => void

export async function findObject(
  prisma: Queries,
  applicationId: string,
  key: RemoteKey,
): Promise<StoredObject | undefined> {
  const row = await prisma.linkedObject.findUnique({ where: { applicationId_key: { applicationId, key } } })
  return row ? storedObject(row) : undefined
}

/**
 * Stores an object as `putObjects` does, unless `check` throws: nobody changes the object between the check and that.
 * Returns what became of it, and how it is stored now.
 */
export async function pushObject(
  prisma: Queries,
  applicationId: string,
  object: PutObject,
  check?: ObjectCheck,
): Promise<{ result: PutResult; object: StoredObject }> {
  const { sequence, ...info } = object
  const put = async (queries: Queries, before?: StoredObject) => {
    const [outcome = 'kept'] = await storeObjects(queries, applicationId, [object])
    const stored = await findObject(queries, applicationId, info.key)
    // There was nothing to lock, and somebody else was first.
    if (before === undefined && outcome !== 'created') check?.(stored)
    const isLate = sequence !== undefined && (stored?.sequence ?? sequence) > sequence
    const result = outcome !== 'kept' ? outcome : isLate ? 'stale' : 'unchanged'
    // Removed in between: then it is told as it was before.
    const removed = { info, ...(sequence !== undefined && { sequence }), storedAt: new Date() }
    return { result, object: stored ?? removed } as const
  }
  if (check === undefined) return put(prisma)
  return prisma.$transaction(async tx => {
    const before = await lockObject(tx, applicationId, info.key)
    check(before)
    return put(tx, before)
  })
}

/** Removes an object, unless `check` throws; its links stay. Returns whether it was there. */
export async function removeObject(
  prisma: Queries,
  applicationId: string,
  key: RemoteKey,
  check?: ObjectCheck,
): Promise<boolean> {
  const remove = async (queries: Queries) => {
    const { count } = await queries.linkedObject.deleteMany({ where: { applicationId, key } })
    return count > 0
  }
  if (check === undefined) return remove(prisma)
  return prisma.$transaction(async tx => {
    check(await lockObject(tx, applicationId, key))
    return remove(tx)
  })
}

/** An object that stays as it is until the transaction ends. */
async function lockObject(tx: Queries, applicationId: string, key: RemoteKey): Promise<StoredObject | undefined> {
  await tx.$queryRaw`
    /* lock object */
    SELECT 1 AS locked FROM linked_object WHERE application_id = ${applicationId} AND key = ${key} FOR UPDATE`
  return findObject(tx, applicationId, key)
}
