declare const brand: unique symbol

/** The key of an object in its application, exactly as that application writes it: never trimmed, folded or normalised. */
export type RemoteKey = string & { readonly [brand]: 'RemoteKey' }

/** The longest remote key, in Unicode characters (so at most 1,020 bytes). The database holds the same bound. */
export const remoteKeyMaxLength = 255

/** What a remote key looks like, for messages. */
export const remoteKeyRule = `1 to ${remoteKeyMaxLength} Unicode characters, without NUL and without half of a surrogate pair`

/** The remote key that a text is; undefined where it breaks `remoteKeyRule`. */
export function parseRemoteKey(text: string): RemoteKey | undefined {
  if (text === '' || text.includes('\0') || !text.isWellFormed()) return undefined
  // A character is one or two UTF-16 units, so only a text between the two bounds has to be counted.
  if (
    text.length > remoteKeyMaxLength &&
    (text.length > 2 * remoteKeyMaxLength || Array.from(text).length > remoteKeyMaxLength)
  )
    return undefined
  return text as RemoteKey
}
