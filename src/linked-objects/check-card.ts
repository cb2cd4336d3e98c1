import { formats } from '../config/formats.ts'
import type { Fault } from '../errors/problem.ts'
import type { ObjectInfo } from '../tracker-contract/object-info.ts'
import { parseRemoteKey, type RemoteKey, remoteKeyRule } from '../tracker-contract/remote-key.ts'
import { parseTrackerDate } from '../tracker-contract/tracker-date.ts'

/** Tracker's fields of a card; also the columns of a CSV file. */
export const cardFields = [
  'key',
  'summary',
  'iconUrl',
  'status.name',
  'status.description',
  'resolution.name',
  'resolution.description',
  'assignee.trackerUid',
  'assignee.passportUid',
  'assignee.login',
  'updated',
  'deadline',
] as const
export type CardField = (typeof cardFields)[number]

/**
 * A card as a file, a caller or a source gives it, not yet checked. Whole numbers of JSON are `bigint`, or `number` if that is
 * exact.
 */
export type CardCells = Partial<Record<CardField, unknown>>

/** How a value becomes a field; undefined if it breaks the rule. */
type Reader<T> = { read: (value: unknown) => T | undefined; rule: string; hint: string }

/** `written`: the number for people. Asking `Intl` would load its data in every start: 4 MB. */
const textOf = (most: number, written = String(most)): Reader<string> => ({
  read: value =>
    typeof value === 'string' &&
    /\S/.test(value) &&
    !value.includes('\0') &&
    value.isWellFormed() &&
    // A character is one or two UTF-16 units, so few texts have to be counted.
    (value.length <= most || (value.length <= 2 * most && Array.from(value).length <= most))
      ? value
      : undefined,
  rule: `must be a text of 1 to ${written} characters that is not blank, without NUL and without half of a surrogate pair`,
  hint: 'Shorten or correct the text.',
})

const shortText = textOf(255)
const longText = textOf(1_000, '1,000')
const longestText = textOf(2_048, '2,048')

/** Whether a JSON value is a whole number with all its digits. */
export const isWhole = (value: unknown): value is bigint | number =>
  typeof value === 'bigint' || Number.isSafeInteger(value)

const remoteKey: Reader<RemoteKey> = {
  read: value => (typeof value === 'string' || isWhole(value) ? parseRemoteKey(String(value)) : undefined),
  rule: `must be ${remoteKeyRule}`,
  hint: 'Give the key under which Tracker knows the object, as a text.',
}

const address: Reader<string> = {
  read: value => {
    const read = longestText.read(value)
    return read !== undefined && formats.uri(read) ? read : undefined
  },
  rule: 'must be an address that starts with https:// or http://, of 2,048 characters at most',
  hint: 'Write the whole address of the icon, without white space.',
}

const uid: Reader<bigint> = {
  read: value => {
    const digits = isWhole(value) ? value.toString() : value
    if (typeof digits !== 'string' || !/^-?\d{1,19}$/.test(digits)) return undefined
    const number = BigInt(digits)
    return BigInt.asIntN(64, number) === number ? number : undefined
  },
  rule: 'must be a whole number of 64 bits',
  hint: 'Write it in digits, from -9223372036854775808 to 9223372036854775807.',
}

const moment: Reader<Date> = {
  read: value => {
    const date = typeof value === 'string' ? parseTrackerDate(value) : undefined
    return date && date.getUTCFullYear() <= 9999 ? date : undefined
  },
  rule: 'must be a moment with its offset from UTC',
  hint: 'Write it like 2024-05-02T10:11:12.345+0000.',
}

/** The object that these cells make, or all that is wrong with them. `null` and an empty text count as no value. */
export function checkCard(cells: CardCells): ObjectInfo | { faults: readonly Fault[] } {
  const check: CardCheck = { cells, faults: [] }
  const key = need(check, 'key', take(check, 'key', remoteKey))
  const summary = need(check, 'summary', take(check, 'summary', longText))
  const iconUrl = take(check, 'iconUrl', address)
  const [status, resolution] = [takeNamed(check, 'status'), takeNamed(check, 'resolution')]
  const assignee = takeAssignee(check)
  const [updated, deadline] = [take(check, 'updated', moment), take(check, 'deadline', moment)]
  if (check.faults.length > 0) return { faults: check.faults }
  return {
    key,
    summary,
    ...(iconUrl !== undefined && { iconUrl }),
    ...(status && { status }),
    ...(resolution && { resolution }),
    ...(assignee && { assignee }),
    ...(updated && { updated }),
    ...(deadline && { deadline }),
  }
}

type CardCheck = { cells: CardCells; faults: Fault[] }

/** The value of a field; undefined if it has none, or if it breaks the rule, which is noted. */
function take<T>({ cells, faults }: CardCheck, field: CardField, reader: Reader<T>): T | undefined {
  const value = cells[field]
  if (value === undefined || value === null || value === '') return undefined
  const read = reader.read(value)
  if (read === undefined) faults.push({ field, rule: reader.rule, hint: reader.hint })
  return read
}

/** Notes a fault if there is no value and no fault of it yet: what it returns counts only if there are no faults at all. */
function need<T>({ faults }: CardCheck, field: CardField, value: T | undefined): T {
  if (value === undefined && !faults.some(fault => fault.field === field))
    faults.push({ field, rule: 'must be there', hint: 'Add it.' })
  return value as T
}

function takeNamed(check: CardCheck, group: 'status' | 'resolution') {
  const name = take(check, `${group}.name`, shortText)
  const description = take(check, `${group}.description`, longText)
  if (description !== undefined) need(check, `${group}.name`, name)
  return name === undefined ? undefined : { name, ...(description !== undefined && { description }) }
}

function takeAssignee(check: CardCheck): ObjectInfo['assignee'] {
  const trackerUid = take(check, 'assignee.trackerUid', uid)
  const passportUid = take(check, 'assignee.passportUid', uid)
  const login = take(check, 'assignee.login', shortText)
  if ((trackerUid ?? passportUid ?? login) === undefined) return undefined
  return {
    ...(trackerUid !== undefined && { trackerUid }),
    ...(passportUid !== undefined && { passportUid }),
    ...(login !== undefined && { login }),
  }
}
