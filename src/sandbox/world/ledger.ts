import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'
import type { ChangelogEntry, Issue, User } from './records.ts'
import { Refusal } from './refusal.ts'
import { defaultSettings, type Settings } from './settings.ts'
import { applyChange, type Change, type Tables } from './tables.ts'

/** The tables, and where their changes are written. Changes committed together are all in the data file, or none is. */
export type Ledger = { readonly tables: Tables; readonly write: (changes: readonly Change[]) => void }

export function commit({ tables, write }: Ledger, changes: readonly Change[]): void {
  for (const change of changes) applyChange(tables, change)
  write(changes)
}

export const settingsOf = ({ tables }: Ledger): Settings => ({ ...defaultSettings, ...tables.settings.get('settings') })

export function changeSettings(ledger: Ledger, settings: Partial<Settings>): Settings {
  commit(ledger, [['settings', 'settings', { ...settingsOf(ledger), ...settings }]])
  return settingsOf(ledger)
}

/** The next number of a counter, never given twice, and the change that remembers it. */
export function nextNumber(
  { tables }: Ledger,
  counter: 'links' | 'issues' | 'changelog',
): { number: number; change: Change } {
  const number = (tables.counters.get(counter) ?? 0) + 1
  const change: Change = ['counters', counter, number]
  applyChange(tables, change)
  return { number, change }
}

export const now = (): string => formatTrackerDate(new Date())

/** The issue as it is now: a caller may hold an older record of it. */
export const current = ({ tables }: Ledger, issue: Issue): Issue => tables.issues.get(issue.id) ?? issue

/** Throws `Refusal` 423 if the issue has been edited too often for this user. */
export function checkEditable(ledger: Ledger, issue: Issue, by: User): void {
  const { robot, user } = settingsOf(ledger).versionLimit
  const limit = by.robot ? robot : user
  if (issue.version >= limit)
    throw new Refusal(423, {
      errorMessages: [`Issue ${issue.key} reached version ${limit}: it is closed for editing.`],
    })
}

/** The changes that add an entry to the changelog of an issue. */
export function changelogEntry(ledger: Ledger, entry: Omit<ChangelogEntry, 'id'>): Change[] {
  const { number, change } = nextNumber(ledger, 'changelog')
  const id = number.toString(16).padStart(24, '0')
  return [change, ['changelog', id, { id, ...entry }]]
}
