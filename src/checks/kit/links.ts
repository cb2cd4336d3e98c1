import { type CallOptions, type Exchange, exchange, isDone, isRefused, statusOf } from './exchange.ts'
import { type Kit, once } from './kit.ts'
import { type MadeLink, note } from './link-journal.ts'

/** A key of an issue of this run that was not used yet. Its queue is the run's mark, which no real queue has. */
export function newIssue(kit: Kit): string {
  kit.issues++
  return `${kit.mark}-${kit.issues}`
}

/** A key of an object that nobody has. */
export const inventedKey = ({ mark }: Kit, name = '1'): string => `${mark.toLowerCase()}-${name}`

/** Asks for links of an issue to objects. Whatever comes of it, they are removed at the end of the run. */
export async function createLinks(
  kit: Kit,
  issueKey: string,
  remoteKeys: readonly string[],
  options?: CallOptions,
): Promise<Exchange> {
  const links = remoteKeys.map(remoteKey => ({ issueKey, remoteKey }))
  // Those that an earlier call made are not unmade by a refusal.
  const fresh = links.filter(link => !isKnown(kit, link))
  note(kit.journal, fresh, 'asked')
  const creation = await exchange(kit, { kind: 'createLink', issueKey, remoteKeys }, options)
  if (isRefused(creation)) note(kit.journal, fresh, 'refused')
  return creation
}

const isKnown = ({ journal }: Kit, link: MadeLink) =>
  [...journal.links.values()].some(
    ({ issueKey, remoteKey }) => issueKey === link.issueKey && remoteKey === link.remoteKey,
  )

/** Removes a link as Tracker does. */
export async function removeLink(kit: Kit, link: MadeLink, options?: CallOptions): Promise<Exchange> {
  const { issueKey, remoteKey } = link
  const removal = await exchange(kit, { kind: 'removeLink', issueKey, remoteKeys: [remoteKey] }, options)
  if (isDone(removal)) note(kit.journal, [link], 'removed')
  return removal
}

/**
 * Removes what the kit made, in this run or an earlier one, by its own list. Returns the links that are left. An application
 * that answers 404 has none, and neither has one that refuses the removal as it refused the creation.
 */
export async function removeAll(kit: Kit): Promise<MadeLink[]> {
  for (const { state, ...link } of Array.from(kit.journal.links.values())) {
    const removal = await removeLink(kit, link)
    const isAbsent = statusOf(removal) === 404 || statusOf(removal) === 410
    if (isAbsent || (state === 'refused' && isRefused(removal))) note(kit.journal, [link], 'removed')
  }
  return [...kit.journal.links.values()].map(({ issueKey, remoteKey }) => ({ issueKey, remoteKey }))
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
