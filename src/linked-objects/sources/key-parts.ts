import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { evaluating, Overdone, warmExpressions } from '../expressions/evaluate.ts'
import { isQuick } from './quick-pattern.ts'
import { TookTooLong, withinTime } from './time-bound.ts'
import { ObjectRefusal } from './upstream.ts'

// Milliseconds of real time, in which a busy machine may not run this process at all; an ordinary pattern takes microseconds.
const longestCheckMs = 1_000

type Parts = Record<string, string>

/** The texts that placeholders stand for, by name; undefined if the key does not belong to this source. */
export type ReadKey = (key: RemoteKey, signal: AbortSignal) => Parts | undefined | Promise<Parts | undefined>

/** A pattern that a key must match as a whole. Throws SyntaxError. */
export const compileKeyPattern = (pattern: string) => new RegExp(whole(pattern), flags)

const whole = (pattern: string) => `^(?:${pattern})$`
const flags = 'su'

/** The names of a pattern's groups. */
export const groupNames = (pattern: string): string[] =>
  // With the empty text as an alternative, any pattern matches it, and the match has all of the groups.
  Object.keys(new RegExp(`(?:${pattern})|`, 'su').exec('')?.groups ?? {})

/**
 * Returns what takes keys apart by `keyPattern`; without one, the key is its only part. A pattern that may take long runs in a process
 * of expressions, in the turn of `applicationId`. Throws ObjectRefusal if it takes too long.
 */
export function keyReader(keyPattern: string | undefined, applicationId: string): ReadKey {
  if (keyPattern === undefined) return key => ({ remoteKey: key })
  const pattern = compileKeyPattern(keyPattern)
  if (!isQuick(keyPattern)) {
    warmExpressions()
    return (key, signal) => readApart(applicationId, keyPattern, key, signal)
  }
  return key => {
    const match = pattern.exec(key)
    return match ? { ...match.groups, remoteKey: key } : undefined
  }
}

async function readApart(applicationId: string, keyPattern: string, key: RemoteKey, signal: AbortSignal) {
  const question = { pattern: whole(keyPattern), flags, key }
  try {
    const answer = await evaluating(applicationId, signal, evaluate => evaluate(question))
    return 'value' in answer ? { ...(answer.value as Parts), remoteKey: key } : undefined
  } catch (error) {
    if (!(error instanceof Overdone)) throw error
    throw new ObjectRefusal('failed', '`keyPattern` took too long on this key: make it simpler')
  }
}

/**
 * Whether a pattern takes too long on keys that are hard for it: each of its characters and short words, and some common characters,
 * repeated many times and followed by something that does not match. There may be harder ones.
 */
export function isTooSlow(keyPattern: string): boolean {
  if (isQuick(keyPattern)) return false
  const pattern = compileKeyPattern(keyPattern)
  const text = keyPattern.slice(0, 200)
  const repeated = new Set([...Array.from(`${text}a0A/-. _é`), ...wordsOf(text)])
  try {
    withinTime(longestCheckMs, () => {
      for (const one of repeated)
        for (const end of ['', '\u0001', '!', '/']) pattern.exec(one.repeat(254 / one.length) + end)
    })
    return false
  } catch (error) {
    if (error instanceof TookTooLong) return true
    throw error
  }
}

/** What stands in a pattern as it is: of two to four letters or digits. */
const wordsOf = (text: string): string[] =>
  (text.match(/[\p{L}\d]{2,}/gu) ?? []).flatMap(run =>
    Array.from(run).flatMap((_, start) => [2, 3, 4].map(length => run.slice(start, start + length))),
  )
