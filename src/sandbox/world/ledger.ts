import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'
import type { ChangelogEntry, Issue, User } from './records.ts'
import { Refusal } from './refusal.ts'
import { defaultSettings, type Settings } from './settings.ts'
import { applyChange, type Change, type Tables } from './tables.ts'

/** What the rules of the world write with. Changes committed together are all in the data file, or none is. */
export type Ledger = ReturnType<typeof createLedger>

export function createLedger(tables: Tables, write: (changes: readonly Change[]) => void) {
  const settings = (): Settings => ({ ...defaultSettings, ...tables.settings.get('settings') })

  /** The next number of a counter, never given twice, and the change that remembers it. */
  function next(counter: 'links' | 'issues' | 'changelog'): { number: number; change: Change } {
    const number = (tables.counters.get(counter) ?? 0) + 1
    const change: Change = ['counters', counter, number]
    applyChange(tables, change)
    return { number, change }
  }

  return {
    tables,
    settings,
    next,
    now: () => formatTrackerDate(new Date()),

    /** The issue as it is now: a caller may hold a former record of it. */
    current: (issue: Issue): Issue => tables.issues.get(issue.id) ?? issue,

    commit(changes: readonly Change[]): void {
      for (const change of changes) applyChange(tables, change)
      write(changes)
    },

    /** Throws `Refusal` 423 where the issue has been edited too often for this user. */
    checkEditable(issue: Issue, by: User): void {
      const { robot, user } = settings().versionLimit
      const limit = by.robot ? robot : user
      if (issue.version >= limit)
        throw new Refusal(423, {
          errorMessages: [`Issue ${issue.key} reached version ${limit}: it is closed for editing.`],
        })
    },

    /** The changes that write down what happened to an issue. */
    history(entry: Omit<ChangelogEntry, 'id'>): Change[] {
      const { number, change } = next('changelog')
      const id = number.toString(16).padStart(24, '0')
      return [change, ['changelog', id, { id, ...entry }]]
    },
  }
}
