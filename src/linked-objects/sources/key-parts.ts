import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { TookTooLong, withinTime } from '../mapping/time-bound.ts'
import { ObjectRefusal } from './upstream.ts'

// Milliseconds of real time, in which a busy machine may not run this process at all; an ordinary pattern takes microseconds.
const longestMatchMs = 500

/** The texts that placeholders stand for, by name; undefined if the key does not belong to this source. */
export type ReadKey = (key: RemoteKey) => Record<string, string> | undefined

/** A pattern that a key must match as a whole. Throws SyntaxError. */
export const compileKeyPattern = (pattern: string) => new RegExp(`^(?:${pattern})$`, 'su')

/** The names of a pattern's groups. */
export const groupNames = (pattern: string): string[] =>
  // With the empty text as an alternative, any pattern matches it, and the match has all of the groups.
  Object.keys(new RegExp(`(?:${pattern})|`, 'su').exec('')?.groups ?? {})

/**
 * Returns what takes keys apart by `keyPattern`; without one, the key is its only part. Throws ObjectRefusal if that takes too
 * long.
 */
export function keyReader(keyPattern: string | undefined): ReadKey {
  if (keyPattern === undefined) return key => ({ remoteKey: key })
  const pattern = compileKeyPattern(keyPattern)
  return key => {
    const match = matchInTime(pattern, key)
    return match ? { ...match.groups, remoteKey: key } : undefined
  }
}

function matchInTime(pattern: RegExp, key: string): RegExpExecArray | null {
  try {
    return withinTime(longestMatchMs, () => pattern.exec(key))
  } catch (error) {
    if (error instanceof TookTooLong) throw new ObjectRefusal('failed', '`keyPattern` took too long on this key')
    throw error
  }
}

/**
 * Whether a pattern takes too long on keys that are hard for it: each of its characters, and some common ones, repeated many
 * times and followed by something that does not match.
 */
export function isTooSlow(keyPattern: string): boolean {
  const pattern = compileKeyPattern(keyPattern)
  const characters = new Set(Array.from(`${keyPattern.slice(0, 200)}a0A/-. _é`))
  try {
    withinTime(longestMatchMs, () => {
      for (const character of characters)
        for (const end of ['', '\u0001', '!', '/']) pattern.exec(character.repeat(254) + end)
    })
    return false
  } catch (error) {
    if (error instanceof TookTooLong) return true
    throw error
  }
}
