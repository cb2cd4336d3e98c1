const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/

/** Tracker's form of a moment, `2024-05-02T10:11:12.345+0000`: milliseconds, offset without a colon, here always UTC. */
export function formatTrackerDate(date: Date): string {
  return date.toISOString().replace('Z', '+0000')
}

/**
 * The moment that a text in Tracker's form, or in any ISO 8601 form with an offset, names; undefined if it names none.
 * Stricter than `Date`, which turns 30 February into 1 March and accepts an offset of 14:01. Digits past milliseconds are cut off.
 */
export function parseTrackerDate(text: string): Date | undefined {
  return parseUtc(text) ?? parseAny(text)
}

const utcForm = /^[1-9]\d{3}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}\+0000$/

/** Reads our own form, which most texts have, in a fifth of the time. */
function parseUtc(text: string): Date | undefined {
  if (!utcForm.test(text)) return undefined
  const date = new Date(`${text.slice(0, 23)}Z`)
  // Neither a month 13 nor a day that rolled over into the next month.
  return date.getUTCDate() === Number(text.slice(8, 10)) ? date : undefined
}

function parseAny(text: string): Date | undefined {
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
