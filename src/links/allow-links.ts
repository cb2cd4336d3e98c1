import type { Application } from '../config/schema.ts'
import { Problem } from '../errors/problem.ts'
import type { Cards } from '../linked-objects/cards/open-cards.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'
import type { LinkWish } from './links.ts'

declare const allowed: unique symbol

/** Links that may be created. `createAllowedLinks` takes no others, so that no caller can forget to ask. */
export type AllowedLinks = LinkWish & { [allowed]: true }

/** Keys in one question. */
const keysAtOnce = 1_000

/**
 * The keys that the application rejects: with `unknownObjects: reject` those without an object, else none. May ask an object
 * source, so never call it while a transaction is open.
 */
export async function rejectedKeys(
  unknownKeys: Cards['unknownKeys'],
  application: Application,
  keys: readonly RemoteKey[],
): Promise<RemoteKey[]> {
  if (acceptsAny(application)) return []
  const rejected: RemoteKey[] = []
  for (let start = 0; start < keys.length; start += keysAtOnce)
    rejected.push(...(await unknownKeys(application.id, keys.slice(start, start + keysAtOnce))))
  return rejected
}

/** The same links, if the application allows all of them. Throws UnknownObjects. */
export async function allowLinks(unknownKeys: Cards['unknownKeys'], wish: LinkWish): Promise<AllowedLinks> {
  if (acceptsAny(wish.application)) return wish as AllowedLinks
  const rejected = await rejectedKeys(unknownKeys, wish.application, wish.remoteKeys)
  if (rejected.length > 0) throw new UnknownObjects(wish, rejected)
  return wish as AllowedLinks
}

const acceptsAny = ({ unknownObjects }: Application) => unknownObjects === 'accept'

/** Links that Tracker has already are facts: they are kept, whatever the application says of unknown objects. */
export const allowAsInTracker = (wish: LinkWish): AllowedLinks => wish as AllowedLinks

/** The Problem `objects-unknown`: the application rejects links to unknown objects, and some of the links asked for are. */
export class UnknownObjects extends Problem {
  readonly rejected: readonly RemoteKey[]

  constructor({ application, remoteKeys, keysName = 'remoteKeys' }: LinkWish, rejected: readonly RemoteKey[]) {
    const faults = rejected.map(key => ({
      field: `${keysName}/${remoteKeys.indexOf(key)}`,
      rule: `must be the key of an object of ${application.id}; ${JSON.stringify(key)} is none`,
      hint: 'Push or import the object first, or leave the key out.',
    }))
    super('objects-unknown', `${rejected.length} of ${remoteKeys.length} keys have no object.`, { faults })
    this.rejected = rejected
  }
}
