import { isSure, type Learned } from './epochs.ts'

/** A lookup of objects outside of memory, in flight: its result is sure only if no change of them was notified meanwhile. */
export type Lookup = Learned & { names: readonly string[]; began: number; isOvertaken: boolean }

/** The lookups in flight, by the names of their objects. */
export type Lookups = Map<string, Set<Lookup>>

/** Whether no change was notified since the lookup began. */
export const isCurrent = (lookup: Lookup): boolean => !lookup.isOvertaken && isSure(lookup)

export function addLookup(lookups: Lookups, lookup: Lookup): void {
  for (const name of lookup.names) {
    const others = lookups.get(name)
    if (others === undefined) lookups.set(name, new Set([lookup]))
    else others.add(lookup)
  }
}

export function removeLookup(lookups: Lookups, lookup: Lookup): void {
  for (const name of lookup.names) {
    const others = lookups.get(name)
    others?.delete(lookup)
    if (others?.size === 0) lookups.delete(name)
  }
}

/** An object changed: what the lookups in flight find of it may be what was there before. */
export function overtakeLookups(lookups: Lookups, name: string): void {
  for (const lookup of lookups.get(name) ?? []) lookup.isOvertaken = true
}
