import type { CallTracker } from './call-tracker.ts'
import { pages } from './pages.ts'
import {
  dateOf,
  entriesOf,
  type Fields,
  fieldsOf,
  flagOf,
  neededText,
  type Reference,
  referenceOf,
  referencesOf,
  textOf,
  type UserReference,
  userOf,
} from './read-fields.ts'

/** A value that a field had or has. */
type ChangedValue = Reference | string | boolean | ChangedValue[] | undefined
type ChangedLink = { type: string | undefined; direction: string | undefined; object: Reference | undefined }

/** An entry of an issue's history, such as `IssueMoved`. Links to objects of applications leave none (tracker contract, 11). */
export type Change = {
  id: string
  type: string
  /** The issue under its present key. */
  issue: Reference | undefined
  updatedAt: Date | undefined
  updatedBy: UserReference | undefined
  /** How it was made: `front`, `api`. */
  transport: string | undefined
  fields: { id: string; from: ChangedValue; to: ChangedValue }[]
  links: { from: ChangedLink | undefined; to: ChangedLink | undefined }[]
  /** Comments that came with it. */
  addedComments: Reference[]
  executedTriggers: { trigger: Reference | undefined; success: boolean | undefined; message: string | undefined }[]
}

/** The history of an issue page by page, oldest first; if given, only of one `type` or one `field`. */
export const readChangelog = (
  call: CallTracker,
  issue: string,
  { perPage, type, field }: { perPage?: number; type?: string; field?: string } = {},
) =>
  pages(
    call,
    { method: 'GET', path: ['issues', issue, 'changelog'], query: { perPage, type, field } },
    'the changes of an issue',
    readChange,
  )

function readChange(value: unknown): Change {
  const change = fieldsOf(value, 'a change of an issue')
  return {
    id: neededText(change.id, 'the id of a change'),
    type: neededText(change.type, 'the type of a change'),
    issue: referenceOf(change.issue),
    updatedAt: dateOf(change.updatedAt),
    updatedBy: userOf(change.updatedBy),
    transport: textOf(change.transport),
    fields: entriesOf(change.fields).map(({ field, from, to }) => ({
      id: referenceOf(field)?.id ?? '',
      from: readValue(from),
      to: readValue(to),
    })),
    links: entriesOf(change.links).map(({ from, to }) => ({ from: linkOf(from), to: linkOf(to) })),
    addedComments: referencesOf((Object(change.comments) as Fields).added),
    executedTriggers: entriesOf(change.executedTriggers).map(({ trigger, success, message }) => ({
      trigger: referenceOf(trigger),
      success: flagOf(success),
      message: textOf(message),
    })),
  }
}

function readValue(value: unknown): ChangedValue {
  if (Array.isArray(value)) return value.map(readValue)
  return typeof value === 'boolean' ? value : (textOf(value) ?? referenceOf(value))
}

function linkOf(value: unknown): ChangedLink | undefined {
  if (value === null || value === undefined) return undefined
  const { type, direction, object } = Object(value) as Fields
  return { type: referenceOf(type)?.id, direction: textOf(direction), object: referenceOf(object) }
}
