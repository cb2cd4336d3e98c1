import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Card } from './card.ts'

/** The cards of one application. */
export type ApplicationCards = {
  /** The card of the object that the first of these readings of a key names; undefined if none of them names one. */
  find: (readings: readonly RemoteKey[]) => Card | undefined | Promise<Card | undefined>
  /** Those of these keys that the application has no object for. */
  unknown: (keys: readonly RemoteKey[]) => Promise<RemoteKey[]>
  /** The card as its source or the store has it, stored when this returns. Throws SourceFailure if the source gives no answer. */
  fetch: (key: RemoteKey) => Promise<Card | undefined>
  /**
   * Reads a card again from its source or the store, past memory, and tells every server; undefined if there is no such object.
   * Throws SourceFailure if the source gives no answer.
   */
  refresh: (key: RemoteKey) => Promise<Card | undefined>
}
