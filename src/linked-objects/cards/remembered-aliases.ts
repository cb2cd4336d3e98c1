import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { type CardCache, epochLearned, nameOf } from './card-cache.ts'
import { isSure } from './epochs.ts'
import type { Lookup } from './lookups.ts'

/** The present key of a former key; null if the key is surely none; undefined if memory is not sure. */
export function knownAlias(cache: CardCache, applicationId: string, key: RemoteKey): RemoteKey | null | undefined {
  const alias = cache.aliases.get(nameOf(applicationId, key))
  return alias !== undefined && isSure(alias) ? alias.present : undefined
}

/** Remembers what a lookup found of a key, unless a change of it was notified meanwhile. */
export function rememberAlias(
  cache: CardCache,
  lookup: Lookup,
  applicationId: string,
  key: RemoteKey,
  present: RemoteKey | undefined,
): void {
  if (lookup.isOvertaken) return
  const alias = { present: present ?? null, current: lookup.current, epoch: epochLearned(cache, lookup) }
  cache.aliases.set(nameOf(applicationId, key), alias)
}
