/** The types for those who write a module (published as the types of this package). Its default export is an `ObjectModule`. */

/** What a module is asked. */
export type ObjectQuestion = {
  /** The object's key, exactly as Tracker sent it. */
  key: string
  /** Aborted when an answer would come too late; pass it on to `fetch` and the like. */
  signal: AbortSignal
}

/**
 * A card, in Tracker's field names. Moments are a `Date`, or text with an offset from UTC (`2024-05-02T10:11:12.345+0000`); uids
 * are a `bigint`, or text of their digits.
 */
export type ObjectAnswer = {
  /** May be left out: it is the key that was asked for. */
  key?: string
  /** The name of the object, at most 1,000 characters. */
  summary: string
  /** An icon for this object. */
  iconUrl?: string
  status?: { name: string; description?: string }
  resolution?: { name: string; description?: string }
  assignee?: { trackerUid?: bigint | number | string; passportUid?: bigint | number | string; login?: string }
  updated?: Date | string
  deadline?: Date | string
}

/**
 * The default export of a module: returns the card of an object, or undefined if there is no such object. With a `mapping` in the
 * configuration it may return any JSON value instead, which the mapping reads. If it throws, there is no answer. It runs in a
 * process of its own, which is ended after 3 s.
 */
export type ObjectModule<Answer = ObjectAnswer> = (
  question: ObjectQuestion,
) => Promise<Answer | undefined> | Answer | undefined
