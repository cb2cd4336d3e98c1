import type { Application } from '../../config/schema.ts'
import type { StoredObject } from '../../storage/objects/stored-object.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { SourceFailure } from '../object-source.ts'
import { whyNotPushed } from '../pushed/why-not-pushed.ts'
import type { Cards } from './open-cards.ts'

/** An object with the card that Tracker would get now, and whether its source was asked for it. */
export type SeenObject = {
  object: StoredObject
  isFetched: boolean
  /** Why its source gave no younger card. */
  failure?: SourceFailure
}

type Look = {
  /** Reads an object from the store. */
  find: (key: RemoteKey) => Promise<StoredObject | undefined>
  application: Application
  fetchCard: Cards['fetchCard']
}

/**
 * Looks at an object for a person or an API: as it is stored, or, if its card comes from a source, as the source has it once the
 * stored card is too old to be answered without asking. So nothing is denied because nobody has asked for it yet. Undefined if
 * there is no such object. Throws SourceFailure if the source gives no answer and nothing is stored.
 */
export async function lookAtObject(look: Look, key: RemoteKey): Promise<SeenObject | undefined> {
  const { find, application, fetchCard } = look
  const stored = await find(key)
  if (whyNotPushed(application) === undefined || (stored && isYoung(application, stored)))
    return stored && { object: stored, isFetched: false }
  try {
    const card = await fetchCard(application.id, key)
    const object = card && (await find(key))
    return object && { object, isFetched: true }
  } catch (error) {
    if (!stored || !(error instanceof SourceFailure)) throw error
    return { object: stored, isFetched: false, failure: error }
  }
}

function isYoung({ cards }: Application, { fetchedAt, storedAt }: StoredObject): boolean {
  const age = Date.now() - (fetchedAt ?? storedAt).getTime()
  return age < (cards.maxAgeSeconds + cards.staleWhileRevalidateSeconds) * 1_000
}
