/** The version of cursors; raised when their content changes, so that an older one is refused rather than misread. */
const version = 1

/**
 * A cursor: a reader's position in a list or a feed, as opaque text. `name` says in which one (and of which application),
 * `keys` are the position.
 */
export function writeCursor(name: string, keys: readonly string[]): string {
  return Buffer.from(JSON.stringify([version, name, ...keys])).toString('base64url')
}

/** The keys of a cursor of this name; undefined if the text is not such a cursor. The keys are well-formed, without NUL. */
export function readCursor(name: string, text: string): readonly string[] | undefined {
  const bytes = Buffer.from(text, 'base64url')
  // Node skips what is not base64url.
  if (bytes.toString('base64url') !== text) return undefined
  let content: unknown
  try {
    content = JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
  if (!Array.isArray(content) || content[0] !== version || content[1] !== name) return undefined
  const keys: unknown[] = content.slice(2)
  return keys.every(key => typeof key === 'string' && key.isWellFormed() && !key.includes('\0'))
    ? (keys as string[])
    : undefined
}
