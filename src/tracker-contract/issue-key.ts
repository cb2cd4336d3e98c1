declare const brand: unique symbol

/** An issue key in capitals, such as `TEST-123`. Branded, because the remove call carries two keys that must never be swapped. */
export type IssueKey = string & { readonly [brand]: 'IssueKey' }

/**
 * What an issue key looks like, for messages. Tracker documents neither digits in queue keys nor their highest length: digits are
 * allowed here, and up to 32 characters.
 */
export const issueKeyRule = 'a queue key, a hyphen and a number, such as TEST-123'

/** JSON Schema pattern of an issue key in either case. */
export const issueKeyPattern = '^[A-Za-z][A-Za-z0-9_]{0,31}-[1-9][0-9]{0,9}$'

const form = new RegExp(issueKeyPattern)

/** The issue key that a text holds, in capitals, as Tracker shows it; undefined if it is none. */
export function parseIssueKey(text: string): IssueKey | undefined {
  return form.test(text) ? (text.toUpperCase() as IssueKey) : undefined
}
