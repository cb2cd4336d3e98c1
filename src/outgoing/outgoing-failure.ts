/** Why a request brought no answer. */
export type OutgoingFailureReason =
  /** The other side could not be reached. */
  | 'away'
  /** It took too long. */
  | 'slow'
  /** The connection was open and broke: a second try may help. */
  | 'broken'
  /** What came back is no answer: too large, wrongly encoded, a redirect that leads nowhere. */
  | 'answer-invalid'
  /** Nothing may be sent there: a private address, a redirect to another origin. */
  | 'forbidden'

/** A request brought no answer. The message says why, for the log and the owner; it holds no secret. */
export class OutgoingFailure extends Error {
  readonly reason: OutgoingFailureReason
  /** The code of Node or undici, if it was one of theirs. */
  readonly code: string | undefined

  constructor(reason: OutgoingFailureReason, message: string, code?: string) {
    super(message)
    this.name = 'OutgoingFailure'
    this.reason = reason
    this.code = code
  }
}
