/**
 * What a module of an application is written against (published as the types of this package): its default export is an
 * `ObjectModule`.
 */

/** What is asked. */
export type ObjectQuestion = {
  /** The object's key, exactly as Tracker sent it. */
  key: string
  /** Aborted when the answer would come too late; hand it on to `fetch` and the like. */
  signal: AbortSignal
}

/**
 * A card in Tracker's field names. Moments are `Date` or text with an offset from UTC (`2024-05-02T10:11:12.345+0000`); uids
 * are `bigint`, or text of their digits.
 */
export type ObjectAnswer = {
  /** May be left out: it is the key that was asked for. */
  key?: string
  /** What the object is called, at most 1,000 characters. */
  summary: string
  /** An icon of its own. */
  iconUrl?: string
  status?: { name: string; description?: string }
  resolution?: { name: string; description?: string }
  assignee?: { trackerUid?: bigint | number | string; passportUid?: bigint | number | string; login?: string }
  updated?: Date | string
  deadline?: Date | string
}

/**
 * The default export of a module: the card of an object, undefined where there is no such object. With a `mapping` in the
 * configuration `Answer` may be any value of JSON instead, which the mapping reads. An error that it throws is an answer that
 * did not come; it runs in a process of its own, which is ended after 3 s.
 */
export type ObjectModule<Answer = ObjectAnswer> = (
  question: ObjectQuestion,
) => Promise<Answer | undefined> | Answer | undefined
