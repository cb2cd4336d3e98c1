import { type Import, targetOf } from './imports.ts'

/**
 * Groups of files that reach one another by imports (the strongly connected components of more than one file, by Tarjan's
 * algorithm), each sorted; none if there is no cycle.
 */
export function cyclesIn(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>()
  for (const one of imports) {
    if (!one.specifier.startsWith('.')) continue
    const known = targets.get(one.file) ?? []
    known.push(targetOf(one))
    targets.set(one.file, known)
  }
  const search: Search = { targets, order: new Map(), earliest: new Map(), open: [], groups: [] }
  for (const file of targets.keys()) if (!search.order.has(file)) visit(search, file)
  return search.groups.filter(group => group.length > 1).toSorted((one, other) => (one.join() < other.join() ? -1 : 1))
}

type Search = {
  targets: ReadonlyMap<string, readonly string[]>
  /** When each file was first seen, and the earliest open file that it reaches. */
  order: Map<string, number>
  earliest: Map<string, number>
  /** Seen, and not yet in a group. */
  open: string[]
  groups: string[][]
}

function visit(search: Search, file: string): void {
  const { targets, order, earliest, open, groups } = search
  const own = order.size
  order.set(file, own)
  open.push(file)
  let first = own
  for (const target of targets.get(file) ?? []) {
    if (!order.has(target)) visit(search, target)
    if (open.includes(target)) first = Math.min(first, earliest.get(target) ?? order.get(target) ?? own)
  }
  earliest.set(file, first)
  if (first === own) groups.push(open.splice(open.indexOf(file)).toSorted())
}
