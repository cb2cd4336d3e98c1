import type { BreakerState } from '../metrics/scrape.ts'
import type { ObjectInfo } from '../tracker-contract/object-info.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'

/** Where an application's object info comes from, if not from the store: an HTTP API, a SQL query, a module. */
export type ObjectSource = {
  /**
   * The card of an object as the source has it now, mapped and with the application's rules applied; undefined if the source
   * says that there is no such object. Throws SourceFailure; ends soon after `signal` is aborted.
   */
  find(key: RemoteKey, signal: AbortSignal): Promise<ObjectInfo | undefined>
  /** Whether it is asked, or left alone after failures. */
  breaker?: () => Breaker
  /** Closes connections, and ends processes. */
  close(): Promise<void>
}

/** How the circuit breaker of a source stands, in this process. Moments are in milliseconds of the epoch. */
export type Breaker = {
  state: BreakerState
  /** When it last opened after having been closed; undefined while it is closed. */
  openSince?: number | undefined
  /** From when on a call asks the source again. */
  asksAgainAt?: number | undefined
}

/** Why a source gave no valid answer. */
export type SourceFailureReason =
  /** It could not be reached, or broke off. */
  | 'away'
  /** It took too long. */
  | 'slow'
  /** It does not take our credentials. */
  | 'unauthorized'
  /** It answered with an error: a status, a refused query, an error that a module threw. */
  | 'failed'
  /** It answered with something that is too large or not JSON. */
  | 'answer-invalid'
  /** The mapping does not fit the answer. */
  | 'mapping'
  /** It may not be asked: a private address, a redirect to another origin. */
  | 'forbidden'
  /** A fault of this program. */
  | 'fault'

type More = {
  cause?: unknown
  /** The HTTP status of its answer. */
  status?: number | undefined
  /** What tells it from other failures for the same reason: a code of Node or PostgreSQL, a place in a module. */
  mark?: string | undefined
  /** It was not asked now, but left alone because it failed so before. */
  isResting?: boolean
  /** Milliseconds that a call waited; the source itself may still answer. */
  budget?: number
}

/** A source gave no valid answer. The message says why, for the log and the owner; it holds no secret. */
export class SourceFailure extends Error {
  readonly reason: SourceFailureReason
  readonly status: number | undefined
  readonly mark: string | undefined
  readonly isResting: boolean
  readonly budget: number | undefined

  constructor(
    reason: SourceFailureReason,
    message: string,
    { cause, status, mark, isResting = false, budget }: More = {},
  ) {
    super(message, { cause })
    this.name = 'SourceFailure'
    this.reason = reason
    this.status = status
    this.mark = mark
    this.isResting = isResting
    this.budget = budget
  }
}

/** An error of asking a source, as a failure of it: any other error is a fault of ours. */
export const sourceFailure = (error: unknown): SourceFailure =>
  error instanceof SourceFailure ? error : new SourceFailure('fault', 'asking failed', { cause: error })
