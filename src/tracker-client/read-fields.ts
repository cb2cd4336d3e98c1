import { parseTrackerDate } from '../tracker-contract/tracker-date.ts'
import { notUnderstood } from './tracker-error.ts'

// Only the fields that are named here are copied from an answer: Tracker may add others at any time.

/** A thing that Tracker refers to: a status, a queue, a priority. */
export type Reference = { id: string; key: string | undefined; display: string | undefined }

/** A user as links and issues name one. Uids have up to 64 bits, so they are strings. */
export type UserReference = {
  id: string
  display: string | undefined
  passportUid: string | undefined
  cloudUid: string | undefined
}

export type Fields = Record<string, unknown>

/** The fields of an object. Throws TrackerError, which names the object as `what`. */
export function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw notUnderstood(`${what} is no object`)
}

/** The entries of a list, each read. Throws TrackerError. */
export function listOf<T>(value: unknown, what: string, read: (entry: unknown) => T): T[] {
  if (Array.isArray(value)) return value.map(read)
  throw notUnderstood(`${what} are no list`)
}

/** A text, or a number by its digits; undefined for anything else. */
export const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** A text that an answer must have. Throws TrackerError. */
export function neededText(value: unknown, what: string): string {
  const text = textOf(value)
  if (text !== undefined && text !== '') return text
  throw notUnderstood(`${what} is missing`)
}

export const numberOf = (value: unknown) =>
  typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined

export const flagOf = (value: unknown) => (typeof value === 'boolean' ? value : undefined)

export const dateOf = (value: unknown) => (typeof value === 'string' ? parseTrackerDate(value) : undefined)

export const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter(entry => typeof entry === 'string') : []

export function referenceOf(value: unknown): Reference | undefined {
  const { id, key, display } = Object(value) as Fields
  return typeof id === 'string' ? { id, key: textOf(key), display: textOf(display) } : undefined
}

export const referencesOf = (value: unknown): Reference[] =>
  Array.isArray(value) ? value.flatMap(entry => referenceOf(entry) ?? []) : []

/** Entries of a list of objects; none if it is no list. */
export const entriesOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(Object) : [])

export function userOf(value: unknown): UserReference | undefined {
  const { id, display, passportUid, cloudUid } = Object(value) as Fields
  if (typeof id !== 'string') return undefined
  return { id, display: textOf(display), passportUid: textOf(passportUid), cloudUid: textOf(cloudUid) }
}
