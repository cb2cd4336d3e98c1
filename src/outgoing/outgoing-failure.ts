/** Why a request brought no answer. */
export type OutgoingFailureReason =
  /** The other side took too long, or could not be reached. */
  | 'away'
  /** The connection was open and broke: a second try may help. */
  | 'broken'
  /** What came back is no answer: too large, wrongly encoded, a redirect that leads nowhere. */
  | 'answer-invalid'
  /** Nothing may be sent there: a private address, a redirect to another origin. */
  | 'forbidden'

/** A request brought no answer. The message says why, for the log and the owner; it holds no secret. */
export class OutgoingFailure extends Error {
  readonly reason: OutgoingFailureReason

  constructor(reason: OutgoingFailureReason, message: string) {
    super(message)
    this.name = 'OutgoingFailure'
    this.reason = reason
  }
}
