import { hash } from 'node:crypto'
import type { ObjectStore } from '../storage/object-store.ts'
import { objectInfoJson } from '../tracker-contract/object-info.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'
import type { Card, CardCache } from './card-cache.ts'

/** Answers the card of the object that the first of these readings of a key names; undefined where no reading names one. */
export type FindCard = (
  applicationId: string,
  readings: readonly RemoteKey[],
) => Card | undefined | Promise<Card | undefined>

/** Cards from the cache, else from the store. Without a wait where the likeliest reading is in the cache. */
export function createCardFinder(store: ObjectStore, cache: CardCache): FindCard {
  const read = async (applicationId: string, readings: readonly RemoteKey[]) => {
    const since = cache.now()
    const info = await store.findFirst(applicationId, readings)
    if (!info) return undefined
    const json = objectInfoJson(info)
    const card = { json, etag: `"${hash('sha1', json, 'base64url')}"` }
    cache.put(applicationId, info.key, card, since)
    return card
  }
  return (applicationId, readings) => cache.get(applicationId, readings[0] as string) ?? read(applicationId, readings)
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
