import { isExactNumber } from './exact-json.ts'
import { error, type Finding, warning } from './finding.ts'

// Checks of single values, in objects that `readJson` has read. `of` is the field that holds the object: `status`.

export type Fields = Record<string, unknown>

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value)

const pathOf = (name: string, of: string | undefined) => (of === undefined ? name : `${of}.${name}`)

export function checkText(
  object: Fields,
  name: string,
  { isRequired = false, of }: { isRequired?: boolean; of?: string } = {},
): Finding[] {
  const field = pathOf(name, of)
  const value = object[name]
  if (value === undefined)
    return isRequired ? [error(field, 'is missing, and is required', `Send \`${field}\` as a string.`)] : []
  if (value === null) return [nullFinding(field, isRequired)]
  if (typeof value !== 'string') return [error(field, `is ${typeName(value)}, not a string`, 'Put it in quotes.')]
  // The documents require a string, and say nothing of what is in it.
  if (isRequired && value.trim() === '') return [warning(field, 'is empty', 'Send a text that a person can read.')]
  return []
}

const longMost = 2n ** 63n - 1n

/** A whole number of 64 bits. No uid is known that is negative, or written in another way than as its digits. */
export function checkLong(object: Fields, name: string, of: string): Finding[] {
  const field = pathOf(name, of)
  const value = object[name]
  if (value === undefined) return []
  if (value === null) return [nullFinding(field)]
  if (!isExactNumber(value))
    return [error(field, `is ${typeName(value)}, not a whole number`, 'Send its digits without quotes.')]
  const digits = value.rawJSON
  const hint = 'Send all of its digits, without quotes.'
  if (/^\d+$/.test(digits) && BigInt(digits) <= longMost) return []
  if (/^-\d+$/.test(digits) && BigInt(digits) >= -longMost - 1n)
    return [warning(field, `is ${digits}, a negative number`, hint)]
  if (/[.e]/i.test(digits) && Number.isSafeInteger(Number(digits)))
    return [warning(field, `is ${digits}, a whole number that is not written as one`, hint)]
  return [error(field, `is ${digits}, not a whole number of 64 bits`, hint)]
}

const dateForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$/

export function checkDate(object: Fields, name: string): Finding[] {
  const findings = checkText(object, name)
  const text = object[name]
  if (findings.length > 0 || typeof text !== 'string') return findings
  if (dateForm.test(text)) {
    if (isRealDate(text)) return []
    return [error(name, `is ${text}, a moment that does not exist`, 'Check its day, hour and offset.')]
  }
  const date = new Date(text)
  const example = Number.isNaN(date.getTime()) ? '2024-05-02T10:11:12.345+0000' : trackerForm(date)
  const hint = `Write it with milliseconds and an offset without a colon: ${example}.`
  return [error(name, `is ${text}, not of the form YYYY-MM-DDThh:mm:ss.sss±hhmm`, hint)]
}

const trackerForm = (date: Date) => date.toISOString().replace('Z', '+0000')

/** JavaScript takes 30 February for 1 March, and 24:00 for the next day. */
function isRealDate(text: string): boolean {
  const local = text.slice(0, 23)
  const date = new Date(`${local}Z`)
  const [hours, minutes] = [Number(text.slice(24, 26)), Number(text.slice(26, 28))]
  return !Number.isNaN(date.getTime()) && date.toISOString() === `${local}Z` && hours <= 14 && minutes <= 59
}

/** Names that Tracker does not know. One in another spelling is recognised. */
export function checkNames(object: Fields, names: readonly string[], of?: string): Finding[] {
  return Object.keys(object)
    .filter(name => !names.includes(name))
    .map(name => {
      const meant = names.find(one => one.toLowerCase() === name.toLowerCase().replaceAll(/[_-]/g, ''))
      const hint = meant ? `Tracker's name is \`${pathOf(meant, of)}\`.` : `Tracker knows ${names.join(', ')}.`
      return { ...warning(pathOf(name, of), 'is not a field of a card', hint), code: 'unknown-name' }
    })
}

/** Whether Tracker takes null is not documented, so it is no error if the field may be absent. */
export const nullFinding = (field: string, isRequired = false): Finding =>
  isRequired
    ? error(field, 'is null', 'Send a text.')
    : { ...warning(field, 'is null', 'Leave the field out instead.'), code: 'null' }

export function typeName(value: unknown): string {
  if (isExactNumber(value)) return 'a number'
  if (Array.isArray(value)) return 'a list'
  return { string: 'a string', boolean: 'a boolean', object: 'an object' }[typeof value as string] ?? 'nothing'
}
