import { type CardCache, epochLearned, nameOf } from './card-cache.ts'
import { isSure } from './epochs.ts'
import type { Lookup } from './lookups.ts'

/** Remembers until a moment that an object does not exist, unless a change of it was notified meanwhile. */
export function putUnknown(cache: CardCache, lookup: Lookup, applicationId: string, key: string, until: number): void {
  if (lookup.isOvertaken) return
  const name = nameOf(applicationId, key)
  cache.cards.delete(name)
  cache.unknowns.set(name, { current: lookup.current, epoch: epochLearned(cache, lookup), until })
}

/** A lookup in the database has not found the object either; if it is not remembered as unknown, that changes nothing. */
export function confirmUnknown(cache: CardCache, lookup: Lookup, applicationId: string, key: string): void {
  const unknown = cache.unknowns.peek(nameOf(applicationId, key))
  if (unknown) unknown.epoch = epochLearned(cache, lookup)
}

/** Whether an object is known not to exist. */
export function isUnknown(cache: CardCache, applicationId: string, key: string): boolean {
  const unknown = cache.unknowns.get(nameOf(applicationId, key))
  return unknown !== undefined && cache.now() < unknown.until
}

/** Whether an object is known not to exist, and no change of that can have been missed. */
export function isSurelyUnknown(cache: CardCache, applicationId: string, key: string): boolean {
  const unknown = cache.unknowns.get(nameOf(applicationId, key))
  return unknown !== undefined && cache.now() < unknown.until && isSure(unknown)
}
