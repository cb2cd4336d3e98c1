import type { ObjectStore } from '../storage/object-store.ts'
import type { ObjectInfo } from '../tracker-contract/object-info.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'

/** The card of the object that the first of these readings of its key names; undefined where no reading names one. */
export function findObjectInfo(
  store: ObjectStore,
  applicationId: string,
  readings: readonly RemoteKey[],
): Promise<ObjectInfo | undefined> {
  return store.findFirst(applicationId, readings)
}

/** Those of these keys that the application has no object for. */
export async function unknownKeys(
  store: ObjectStore,
  applicationId: string,
  keys: readonly RemoteKey[],
): Promise<RemoteKey[]> {
  const known = await store.known(applicationId, keys)
  return keys.filter(key => !known.has(key))
}
