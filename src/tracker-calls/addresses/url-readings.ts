import { parseRemoteKey, type RemoteKey, remoteKeyMaxLength } from '../../tracker-contract/remote-key.ts'

/** The text with its escapes decoded, a `%` that begins none left as it is; undefined where the escapes are not UTF-8. */
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

/** One way in which Tracker may have encoded a key, undone; undefined where it does not apply, or gives what another gives. */
export type Reading = (text: string) => string | undefined

const plusAsSpace: Reading = text => (text.includes('+') ? decodeEscapes(text.replaceAll('+', ' ')) : undefined)
const asItCame: Reading = text => (text.includes('%') ? text : undefined)
const decodedTwice: Reading = text => {
  const once = text.includes('%') ? decodeEscapes(text) : undefined
  return once?.includes('%') ? decodeEscapes(once) : undefined
}

/**
 * Tracker does not document how it encodes keys (contract, 5.1): these are tried after `decodeEscapes`, the likeliest
 * first. They give nothing new for a text that is not `isEncoded`.
 */
export const furtherReadings: readonly Reading[] = [plusAsSpace, asItCame, decodedTwice]

/** Whether a text has more than one reading. */
export const isEncoded = (text: string): boolean => text.includes('%') || text.includes('+')

/** For a key found by taking the template literally: first as it came; then for a sender that encoded only what no URL may hold. */
export const readingsOfTheWhole: readonly Reading[] = [text => text, decodeEscapes]

// A character has four bytes at most, and a byte encoded twice is five characters (%25D0): nothing longer can be a key.
const longestSpelling = remoteKeyMaxLength * 4 * 5

/** The remote key that a text from an address is in one reading; undefined where it is none. */
export function readRemoteKey(text: string, reading: Reading): RemoteKey | undefined {
  // An escaped NUL is refused and never taken for the text `%00`, so that an address with one is told apart from a key.
  if (text.length > longestSpelling || text.includes('%00')) return undefined
  const key = reading(text)
  return key === undefined ? undefined : parseRemoteKey(key)
}
