import { parseRemoteKey, type RemoteKey, remoteKeyMaxLength } from '../../tracker-contract/remote-key.ts'

/** The text with its escapes decoded, other `%` left as they are; undefined if the escapes are not UTF-8. */
export function decodeEscapes(text: string): string | undefined {
  if (!text.includes('%')) return text
  return decode(text) ?? decode(text.replace(/%(?![0-9A-Fa-f]{2})/g, '%25'))
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Undoes one way in which Tracker may have encoded a key; undefined if it does not apply, or gives nothing new. */
export type Reading = (text: string) => string | undefined

const plusAsSpace: Reading = text => (text.includes('+') ? decodeEscapes(text.replaceAll('+', ' ')) : undefined)
const asItCame: Reading = text => (text.includes('%') ? text : undefined)
const decodedTwice: Reading = text => {
  const once = text.includes('%') ? decodeEscapes(text) : undefined
  return once?.includes('%') ? decodeEscapes(once) : undefined
}

/**
 * Tracker does not document how it encodes keys: these are tried after `decodeEscapes`, the likeliest first. For a text that
 * is not `isEncoded` they give nothing new.
 */
export const furtherReadings: readonly Reading[] = [plusAsSpace, asItCame, decodedTwice]

/** Whether a text has more than one reading. */
export const isEncoded = (text: string): boolean => text.includes('%') || text.includes('+')

/** For a key found by taking the template literally: unchanged; then for a sender that encoded only what no URL may hold. */
export const readingsOfTheWhole: readonly Reading[] = [text => text, decodeEscapes]

// A character has at most four bytes, and a byte encoded twice has five characters (%25D0): nothing longer can be a key.
const longestSpelling = remoteKeyMaxLength * 4 * 5

/** The remote key that a text from an address is in one reading; undefined if it is not a key. */
export function readRemoteKey(text: string, reading: Reading): RemoteKey | undefined {
  // An escaped NUL is refused, and never taken for the key `%00`.
  if (text.length > longestSpelling || text.includes('%00')) return undefined
  const key = reading(text)
  return key === undefined ? undefined : parseRemoteKey(key)
}
