import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Card } from './card.ts'

/** Answers the card of the object that the first of these readings of a key names; undefined where no reading names one. */
export type FindCard = (
  applicationId: string,
  readings: readonly RemoteKey[],
) => Card | undefined | Promise<Card | undefined>

/** Those of these keys that the application has no object for. */
export type UnknownKeys = (applicationId: string, keys: readonly RemoteKey[]) => Promise<RemoteKey[]>

/**
 * Reads a card anew where it comes from, past memory, and tells every server; undefined where there is no such object. Throws
 * SourceFailure where the source gives no answer.
 */
export type RefreshCard = (applicationId: string, key: RemoteKey) => Promise<Card | undefined>

/** The same three for one application. */
export type ApplicationCards = {
  find: (readings: readonly RemoteKey[]) => Card | undefined | Promise<Card | undefined>
  unknown: (keys: readonly RemoteKey[]) => Promise<RemoteKey[]>
  refresh: (key: RemoteKey) => Promise<Card | undefined>
}
