import '../values/json-digits.ts'
import { formatTrackerDate } from '../tracker-contract/tracker-date.ts'

/** JSON for Tracker: a `bigint` with every digit, a `Date` in Tracker's form. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, name, inside: unknown) {
    // A Date has been made a text with Z at its end before it comes here.
    const own = this[name]
    if (own instanceof Date) return formatTrackerDate(own)
    return typeof own === 'bigint' ? JSON.rawJSON(own.toString()) : inside
  })
}

/**
 * What a JSON text of Tracker's holds, every number as a string of its own digits: ids come as numbers in some answers and as
 * strings in others, and some have 64 bits. Throws SyntaxError.
 */
export function readJson(text: string): unknown {
  return JSON.parse(text, (_name, value, { source }) => (typeof value === 'number' ? source : value))
}
