import type { Application } from '../config/schema.ts'
import { Problem } from '../errors/problem.ts'
import type { UnknownKeys } from '../linked-objects/cards/application-cards.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'

/**
 * Holds an application to its `unknownObjects`: where it rejects links to objects that it does not have, and one of these
 * keys is none of an object, throws Problem `objects-unknown`. `field` is the name of the keys' array in the body.
 */
export async function refuseUnknownObjects(
  unknownKeys: UnknownKeys,
  { id, unknownObjects }: Application,
  keys: readonly RemoteKey[],
  field: string,
): Promise<void> {
  if (unknownObjects === 'accept') return
  const unknown = await unknownKeys(id, keys)
  if (unknown.length === 0) return
  const faults = unknown.map(key => ({
    field: `${field}/${keys.indexOf(key)}`,
    rule: `must be the key of an object of ${id}; ${JSON.stringify(key)} is none`,
    hint: 'Push or import the object first, or leave the key out.',
  }))
  throw new Problem('objects-unknown', `${unknown.length} of ${keys.length} keys have no object.`, { faults })
}
