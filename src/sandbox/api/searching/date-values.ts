import { parseTrackerDate } from '../../../tracker-contract/tracker-date.ts'
import type { Refusal } from '../../world/refusal.ts'
import type { Operand } from './condition.ts'

/** From the first to the last millisecond that a date stands for. All dates are in UTC. */
export type Interval = { readonly from: number; readonly to: number }

type Refuse = (reason: string) => Refusal

/** What a date of the query language stands for: a day, a moment, or a function, plus or minus durations. */
export function intervalOf({ kind, text, shifts }: Operand, now: Date, refuse: Refuse): Interval {
  const interval = kind === 'call' ? functionInterval(text, now) : (dayInterval(text) ?? momentInterval(text))
  if (!interval)
    throw refuse(
      kind === 'call' ? `the sandbox does not play ${text}() here` : `${text} is not a date such as 2017-04-30`,
    )
  const shift = shifts.reduce((sum, { sign, duration }) => sum + sign * millisecondsOf(duration, refuse), 0)
  return { from: interval.from + shift, to: interval.to + shift }
}

const second = 1000
const minute = 60 * second
const day = 24 * 60 * minute

const between = (from: number, next: number): Interval => ({ from, to: next - 1 })

/** Weeks begin on Monday. */
function functionInterval(name: string, now: Date): Interval | undefined {
  const [year, month, date] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()]
  const started = Math.floor(now.getTime() / minute) * minute
  const today = Date.UTC(year, month, date)
  const monday = today - ((now.getUTCDay() + 6) % 7) * day
  const quarter = month - (month % 3)
  const intervals: Record<string, () => Interval> = {
    now: () => between(started, started + minute),
    today: () => between(today, today + day),
    week: () => between(monday, monday + 7 * day),
    month: () => between(Date.UTC(year, month), Date.UTC(year, month + 1)),
    quarter: () => between(Date.UTC(year, quarter), Date.UTC(year, quarter + 3)),
    year: () => between(Date.UTC(year, 0), Date.UTC(year + 1, 0)),
  }
  return Object.hasOwn(intervals, name) ? intervals[name]?.() : undefined
}

/** The four forms of the documents: MM/DD/YYYY, DD.MM.YYYY, DD-MM-YYYY and YYYY-MM-DD. */
function dayInterval(text: string): Interval | undefined {
  const american = /^(?<month>\d\d)\/(?<date>\d\d)\/(?<year>\d{4})$/
  const european = /^(?<date>\d\d)(?<sign>[.-])(?<month>\d\d)\k<sign>(?<year>\d{4})$/
  const iso = /^(?<year>\d{4})-(?<month>\d\d)-(?<date>\d\d)$/
  const parts = [american, european, iso].map(form => form.exec(text.trim())?.groups).find(Boolean)
  const start = parts && parseTrackerDate(`${parts.year}-${parts.month}-${parts.date}T00:00:00.000+0000`)
  return start && { from: start.getTime(), to: start.getTime() + day - 1 }
}

/** `2017-04-30 17:25:00`, or a moment as an issue prints it. */
function momentInterval(text: string): Interval | undefined {
  const written = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/.exec(text.trim())
  const moment = parseTrackerDate(written ? `${written[1]}T${written[2]}.000+0000` : text.trim())
  if (!moment) return undefined
  return { from: moment.getTime(), to: moment.getTime() + (written ? second - 1 : 0) }
}

const units: Readonly<Record<string, number>> = { w: 7 * day, d: day, h: 60 * minute, m: minute, s: second }

/** `3d`, or `1w 1d 2h 3m 4s`. */
function millisecondsOf(duration: string, refuse: Refuse): number {
  const parts = duration.trim().toLowerCase().split(/\s+/)
  if (!parts.every(part => /^\d{1,5}[wdhms]$/.test(part)))
    throw refuse(`${duration} is not a duration such as 12h or "1w 1d"`)
  return parts.reduce((sum, part) => sum + Number(part.slice(0, -1)) * (units[part.at(-1) ?? ''] ?? 0), 0)
}
