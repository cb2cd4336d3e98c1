import { formatTrackerDate } from '../tracker-contract/tracker-date.ts'
import { withDigits } from '../values/json-digits.ts'

/** JSON for Tracker: a `bigint` with every digit, a `Date` in Tracker's form. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, name, inside: unknown) {
    // `inside` of a Date is already a string that ends with Z.
    const own = this[name]
    return own instanceof Date ? formatTrackerDate(own) : withDigits(name, inside)
  })
}
