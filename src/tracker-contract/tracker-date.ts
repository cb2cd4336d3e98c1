const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/

/** Tracker's form of a moment, `2024-05-02T10:11:12.345+0000`: milliseconds, offset without a colon, here always UTC. */
export function formatTrackerDate(date: Date): string {
  return date.toISOString().replace('Z', '+0000')
}

/**
 * The moment that a text in Tracker's form, or in any ISO 8601 form with an offset, names; undefined where it is none.
 * Stricter than `Date`, which turns 30 February into 1 March and takes an offset of 14:01. Digits past milliseconds are cut.
 */
export function parseTrackerDate(text: string): Date | undefined {
  const parts = form.exec(text)
  if (!parts) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const millisecond = Number((parts[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond))
  const rolledOver = local.getUTCMonth() !== month - 1 || local.getUTCDate() !== day
  const offset = offsetMinutes(parts[8] as string)
  if (year < 1000 || rolledOver || hour > 23 || minute > 59 || second > 59 || offset === undefined) return undefined
  const date = new Date(local.getTime() - offset * 60_000)
  // Tracker's form has four digits for the year, in UTC too.
  return date.getUTCFullYear() > 9999 || date.getUTCFullYear() < 1000 ? undefined : date
}

/** Minutes east of UTC; undefined outside the offsets that exist (-12:00 to +14:00). */
function offsetMinutes(text: string): number | undefined {
  if (text === 'Z') return 0
  const digits = text.replace(':', '')
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5))
  const signed = text.startsWith('-') ? -minutes : minutes
  return Number(digits.slice(3, 5)) > 59 || signed < -12 * 60 || signed > 14 * 60 ? undefined : signed
}
