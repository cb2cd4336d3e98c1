import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Queries } from '../database/queries.ts'
import { type PutObject, type PutResult, storeObjects } from './put-objects.ts'
import { type StoredObject, storedObject } from './stored-object.ts'

/** Throws if an object, as it is stored now, must not be changed. `undefined`: it does not exist. */
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
 * Stores an object as `putObjects` does, unless `check` throws. Nobody can change the object between the check and the
 * write. Returns the result, and the object as it is stored now.
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
    // There was no row to lock, and somebody else created the object first.
    if (before === undefined && outcome !== 'created') check?.(stored)
    const isLate = sequence !== undefined && (stored?.sequence ?? sequence) > sequence
    const result = outcome !== 'kept' ? outcome : isLate ? 'stale' : 'unchanged'
    // Removed in between: return it as it was pushed.
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

/** Removes an object, unless `check` throws; its links stay. Returns whether it existed. */
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

/** Locks an object, so that it does not change until the transaction ends. */
async function lockObject(tx: Queries, applicationId: string, key: RemoteKey): Promise<StoredObject | undefined> {
  await tx.$queryRaw`
    /* lock object */
    SELECT 1 AS locked FROM linked_object WHERE application_id = ${applicationId} AND key = ${key} FOR UPDATE`
  return findObject(tx, applicationId, key)
}
