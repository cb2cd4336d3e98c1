import { Refusal } from '../../world/refusal.ts'
import { type Body, isObject, nameOf } from './read-body.ts'

/** What is wrong with the fields of a body, by field: all of it is told at once. */
export type FieldFaults = Record<string, string>

/** The first fault of a field is the one that counts. Returns undefined, for use in place of a value. */
export function addFault(faults: FieldFaults, field: string, message: string): undefined {
  faults[field] ??= message
}

/** A required text; undefined if it is missing or is no text, which is a fault. */
export function readText(faults: FieldFaults, body: Body, field: string): string | undefined {
  const value = body[field]
  if (typeof value === 'string' && value !== '') return value
  const isMissing = value === undefined || value === null || value === ''
  return addFault(faults, field, isMissing ? `${field} is required.` : `${field} is not a string.`)
}

/** A required issue, by a text or by an object that names it; undefined as for `readText`. */
export function readIssueName(faults: FieldFaults, body: Body, field: string): string | undefined {
  const value = body[field]
  return readText(faults, isObject(value) ? { [field]: nameOf(value) } : body, field)
}

/** 422 with every fault. */
export const refusalOf = (errors: FieldFaults) => new Refusal(422, { errors })

/** Throws the refusal if there is a fault. */
export function refuseFaults(faults: FieldFaults): void {
  if (Object.keys(faults).length > 0) throw refusalOf(faults)
}
