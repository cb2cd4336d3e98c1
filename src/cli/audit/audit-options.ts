import type { AuditFilter, AuditRecord } from '../../storage/audit/audit-records.ts'
import { parseTrackerDate } from '../../tracker-contract/tracker-date.ts'
import { type CommandInput, CommandRefusal } from '../command.ts'
import { visible } from '../terminal-text.ts'

/** The options that choose records of the audit. */
export const auditOptions = [
  { flags: '--application <id>', summary: 'only of this application (default: all)' },
  { flags: '--key <id>', summary: 'only by this API key, by its id' },
  { flags: '--since <moment>', summary: 'only from this moment on: 2027-01-31, or with a time' },
  { flags: '--until <moment>', summary: 'only before this moment' },
] as const

/** The records that the options choose. Throws CommandRefusal. */
export function chosenRecords({ options }: CommandInput): AuditFilter {
  const { application, key } = options
  const since = momentOf('--since', options.since)
  const until = momentOf('--until', options.until)
  return {
    ...(typeof application === 'string' && { applicationIds: [application] }),
    ...(typeof key === 'string' && { apiKeyId: key }),
    ...(since && { since }),
    ...(until && { until }),
  }
}

/** A moment of an option. Throws CommandRefusal. */
export function momentOf(name: string, text: string | boolean | undefined): Date | undefined {
  if (typeof text !== 'string') return undefined
  const date = parseTrackerDate(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
  if (date) return date
  throw new CommandRefusal(
    `${name} takes a date (2027-01-31, in UTC) or a moment (2027-01-31T18:00:00+03:00); this is ${visible(text)}.`,
  )
}

/** What a record is about, in one cell: `issueKey=TEST-1 remoteKey=D-1`. */
export const aboutText = ({ about }: AuditRecord): string =>
  Object.entries(about as Record<string, string>)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
