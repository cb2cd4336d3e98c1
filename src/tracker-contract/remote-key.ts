declare const brand: unique symbol

/** The key of an object in its application, exactly as that application writes it: never trimmed, folded or normalised. */
export type RemoteKey = string & { readonly [brand]: 'RemoteKey' }

/** The longest remote key, in Unicode characters (so at most 1,020 bytes). The database has the same limit. */
export const remoteKeyMaxLength = 255

/** What a remote key looks like, for messages. */
export const remoteKeyRule = `1 to ${remoteKeyMaxLength} Unicode characters, without NUL and without half of a surrogate pair`

/** A text as a remote key; undefined if it breaks `remoteKeyRule`. */
export function parseRemoteKey(text: string): RemoteKey | undefined {
  if (text === '' || text.includes('\0') || !text.isWellFormed()) return undefined
  // A character is one or two UTF-16 units, so characters are counted only if the length is between the two limits.
  if (
    text.length > remoteKeyMaxLength &&
    (text.length > 2 * remoteKeyMaxLength || Array.from(text).length > remoteKeyMaxLength)
  )
    return undefined
  return text as RemoteKey
}
