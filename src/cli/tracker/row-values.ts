import { nearestName } from '../../config/nearest-name.ts'
import type { Fault } from '../../errors/problem.ts'
import { type ImportedRelationship, importedRelationships } from '../../tracker-client/relationships.ts'
import { parseRemoteKey, type RemoteKey, remoteKeyRule } from '../../tracker-contract/remote-key.ts'
import { parseTrackerDate } from '../../tracker-contract/tracker-date.ts'
import type { Cells } from '../../values/field-table.ts'
import { issueRule, parseIssue } from './open-tracker.ts'

/** How a value becomes a field. `read` gives undefined for a value that breaks the rule. */
export type Reader<T> = {
  read: (value: unknown) => T | undefined
  rule: string
  hint: string | ((value: unknown) => string)
}

/** Reads the cells of one row, and collects what is wrong with them. `null` and an empty text count as no value. */
export function cellReader(cells: Cells) {
  const faults: Fault[] = []
  const take = <T>(field: string, { read, rule, hint }: Reader<T>): T | undefined => {
    const value = cells[field]
    if (value === undefined || value === null || value === '') return undefined
    const taken = read(value)
    if (taken === undefined) faults.push({ field, rule, hint: typeof hint === 'string' ? hint : hint(value) })
    return taken
  }
  return {
    faults,
    take,
    /** A field that must be there. If it is not, that is a fault, and the value must not be used. */
    need: <T>(field: string, reader: Reader<T>): T => {
      const before = faults.length
      const value = take(field, reader)
      if (value === undefined && faults.length === before)
        faults.push({ field, rule: 'must be there', hint: 'Add it.' })
      return value as T
    },
  }
}

export const issue: Reader<string> = {
  read: value => (typeof value === 'string' ? parseIssue(value.trim()) : undefined),
  rule: `must be ${issueRule}`,
  hint: 'Write a queue key, a hyphen and a number.',
}

export const relationship: Reader<ImportedRelationship> = {
  read: value => importedRelationships.find(one => one === wordsOf(value)),
  rule: `must be one of ${importedRelationships.join(', ')}`,
  hint: value => {
    const near = nearestName(wordsOf(value), importedRelationships)
    return near === undefined ? 'Write what the issue is to the linked issue.' : `Did you mean ${near}?`
  },
}

// Other answers and clients of Tracker write capitals and underscores: RELATES, DEPENDS_ON.
const wordsOf = (value: unknown) => String(value).trim().toLowerCase().replaceAll('_', ' ')

export const moment: Reader<Date> = {
  read: value => (typeof value === 'string' ? parseTrackerDate(value) : undefined),
  rule: 'must be a moment with its offset from UTC',
  hint: 'Write it like 2017-08-29T12:34:41.740+0000.',
}

export const remoteKey: Reader<RemoteKey> = {
  read: value =>
    typeof value === 'string' || typeof value === 'bigint' || Number.isSafeInteger(value)
      ? parseRemoteKey(String(value))
      : undefined,
  rule: `must be ${remoteKeyRule}`,
  hint: 'Give the key by which Tracker knows the object, as a text.',
}

const someone = {
  rule: 'must be the login or the uid of a user',
  hint: 'Write user1, or the digits of a uid.',
}

/** In CSV everything is text: digits are a uid, and `login:12345` is a login of digits, as Tracker's own API writes it. */
export const userInCsv: Reader<string | bigint> = {
  read: value => (typeof value === 'string' && isUid(value) ? BigInt(value) : loginOf(value)),
  ...someone,
}

/** In JSON a number is a uid and a text is a login, as Tracker takes them. A text of digits is refused: it could be either. */
export const userInJson: Reader<string | bigint> = {
  read: value =>
    typeof value === 'number' || typeof value === 'bigint'
      ? isUid(value.toString())
        ? BigInt(value)
        : undefined
      : typeof value === 'string' && /^\d+$/.test(value)
        ? undefined
        : loginOf(value),
  ...someone,
  hint: 'Write a login in quotes, a uid as a number without them; a login of digits is written "login:12345".',
}

const isUid = (text: string) => /^[1-9]\d{0,18}$/.test(text) && BigInt(text) < 2n ** 63n

function loginOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const login = value.replace(/^login:(?=\d+$)/, '')
  return /^[^\s:/?#]{1,100}$/.test(login) && (login !== value || !/^\d+$/.test(login)) ? login : undefined
}
