import { formatTrackerDate, parseTrackerDate } from '../../../tracker-contract/tracker-date.ts'
import type { World } from '../../world/world.ts'
import { addFault, type FieldFaults, readText } from './field-faults.ts'
import { type Body, isObject, textOf } from './read-body.ts'

// When and by whom something was created or updated, in the body of an import.

export const isGiven = (value: unknown) => value !== undefined && value !== null

const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$/

/** A moment in the documented form, in UTC; undefined if it is missing or invalid, which is a fault. */
export function readMoment(body: Body, field: string, faults: FieldFaults): string | undefined {
  const text = readText(faults, body, field)
  if (text === undefined) return undefined
  const moment = form.test(text) ? parseTrackerDate(text) : undefined
  return moment
    ? formatTrackerDate(moment)
    : addFault(faults, field, `${field} is ${text}, not YYYY-MM-DDThh:mm:ss.sss±hhmm.`)
}

/** A uid. A string is a login, a number a uid, an object has one of them. Undefined for no known user, which is a fault. */
export function readAuthor(world: World, body: Body, field: string, faults: FieldFaults): string | undefined {
  const value = body[field]
  if (!isGiven(value) || value === '') return addFault(faults, field, `${field} is required.`)
  // The official client sends a user as the object that it has read.
  const name = textOf(isObject(value) ? (value.uid ?? value.id ?? value.login) : value)
  if (name === '') return addFault(faults, field, `${field} is neither a login (a string) nor a user id (a number).`)
  const user = typeof value === 'string' ? world.userByLogin(value) : world.user(name)
  return user?.uid ?? addFault(faults, field, `User ${name} does not exist.`)
}
