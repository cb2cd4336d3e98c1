import { parseTrackerDate } from '../../tracker-contract/tracker-date.ts'

// What a key may be, for the API and for the command line.

/** Most characters of a key's name, which the history of links shows. */
export const longestName = 100

/** Why a text cannot be the name of a key; undefined if it can. */
export function nameRule(name: string): string | undefined {
  const fits = name.trim() === name && name !== '' && name.length <= longestName && !/[\p{Cc}\p{Cs}]/u.test(name)
  return fits ? undefined : `must have 1 to ${longestName} characters, no control characters, no space at either end`
}

/** The moment that a text names, if it is in the future. */
export function parseExpiry(text: string): Date | undefined {
  const date = parseTrackerDate(text)
  return date && date.getTime() > Date.now() ? date : undefined
}
