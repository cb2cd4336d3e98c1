import type { ObjectInfo } from '../tracker-contract/object-info.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'

/** Where an application's object info comes from, if not from the store: an HTTP API, a SQL query, a module. */
export type ObjectSource = {
  /**
   * The card of an object as the source has it now, mapped and with the application's rules applied; undefined if the source
   * says that there is no such object. Throws SourceFailure; ends soon after `signal` is aborted.
   */
  find(key: RemoteKey, signal: AbortSignal): Promise<ObjectInfo | undefined>
  /** Closes connections, and ends processes. */
  close(): Promise<void>
}

/** Why a source gave no valid answer. */
export type SourceFailureReason =
  /** It took too long, or could not be reached, or broke off. */
  | 'away'
  /** It failed recently and is left alone for a while. */
  | 'resting'
  /** It answered with an error status, or with a body that is too large or not JSON. */
  | 'answer-invalid'
  /** The mapping does not fit the answer. */
  | 'mapping'
  /** It may not be asked: a private address, a redirect to another origin. */
  | 'forbidden'

/** A source gave no valid answer. The message says why, for the log and the owner; it holds no secret. */
export class SourceFailure extends Error {
  readonly reason: SourceFailureReason

  constructor(reason: SourceFailureReason, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'SourceFailure'
    this.reason = reason
  }
}
