import { type CallOptions, type Exchange, exchange, isDone, statusOf } from './exchange.ts'
import { type Kit, once } from './kit.ts'
import { type MadeLink, noteAsked, noteRemoved } from './link-journal.ts'

/** A key of an issue of this run that was not used yet. Its queue is the run's mark, which no real queue has. */
export function newIssue(kit: Kit): string {
  kit.issues++
  return `${kit.mark}-${kit.issues}`
}

/** A key of an object that nobody has. */
export const inventedKey = ({ mark }: Kit, name = '1'): string => `${mark.toLowerCase()}-${name}`

/** Asks for links of an issue to objects. Whatever comes of it, they are removed at the end of the run. */
export function createLinks(
  kit: Kit,
  issueKey: string,
  remoteKeys: readonly string[],
  options?: CallOptions,
): Promise<Exchange> {
  noteAsked(
    kit.journal,
    remoteKeys.map(remoteKey => ({ issueKey, remoteKey })),
  )
  return exchange(kit, { kind: 'createLink', issueKey, remoteKeys }, options)
}

/** Removes a link as Tracker does. */
export async function removeLink(kit: Kit, link: MadeLink, options?: CallOptions): Promise<Exchange> {
  const { issueKey, remoteKey } = link
  const removal = await exchange(kit, { kind: 'removeLink', issueKey, remoteKeys: [remoteKey] }, options)
  if (isDone(removal)) noteRemoved(kit.journal, link)
  return removal
}

/**
 * Removes what the kit made, in this run or an earlier one, by its own list. Returns the links that are left. An application
 * that answers 404 has none.
 */
export async function removeAll(kit: Kit): Promise<MadeLink[]> {
  for (const link of [...kit.journal.links.values()]) {
    const removal = await removeLink(kit, link)
    if (statusOf(removal) === 404 || statusOf(removal) === 410) noteRemoved(kit.journal, link)
  }
  return [...kit.journal.links.values()]
}

/**
 * Keys that links may be made to: those that exist, and invented ones if the application takes links to objects that it does
 * not know. Tracker's documents leave open whether it has to.
 */
export function linkableKeys(kit: Kit, count = 1): Promise<string[]> {
  return once(kit, `linkable ${count}`, async () => {
    const { objects } = kit.target
    if (objects.length >= count) return objects.slice(0, count)
    if (!(await takesUnknown(kit))) return []
    const invented = Array.from({ length: count - objects.length }, (_, number) => inventedKey(kit, `link-${number}`))
    return [...objects, ...invented]
  })
}

/** Whether a link to an object that nobody knows is taken. */
export const takesUnknown = (kit: Kit): Promise<boolean> =>
  once(kit, 'takes unknown', async () => isDone(await createLinks(kit, newIssue(kit), [inventedKey(kit, 'unknown')])))

export const noLinkableKey =
  'it takes links only to objects that it has, and too few are named: name them with --object'
