import type { CallTracker } from './call-tracker.ts'
import { allPages } from './pages.ts'
import {
  type Fields,
  fieldsOf,
  flagOf,
  neededText,
  numberOf,
  type Reference,
  referenceOf,
  textOf,
} from './read-fields.ts'

/** A field of the organization's issues ("Get global issue fields"). */
export type IssueField = {
  id: string
  key: string | undefined
  name: string | undefined
  version: number | undefined
  /** `items` is the type of the values of an `array`. */
  schema: { type: string; items: string | undefined; required: boolean | undefined }
  readonly: boolean | undefined
  /** Whether any value may be set. */
  options: boolean | undefined
  suggest: boolean | undefined
  order: number | undefined
  category: Reference | undefined
  /** `standard`, `local`. */
  type: string | undefined
}

/** `GET /fields`. */
export const fieldCalls = (call: CallTracker) => ({
  list: () => allPages(call, { method: 'GET', path: ['fields'] }, 'the fields of issues', readField),
})

function readField(value: unknown): IssueField {
  const field = fieldsOf(value, 'a field of issues')
  const schema = Object(field.schema) as Fields
  return {
    id: neededText(field.id, 'the id of a field'),
    key: textOf(field.key),
    name: textOf(field.name),
    version: numberOf(field.version),
    schema: {
      type: neededText(schema.type, 'the type of a field'),
      items: textOf(schema.items),
      required: flagOf(schema.required),
    },
    readonly: flagOf(field.readonly),
    options: flagOf(field.options),
    suggest: flagOf(field.suggest),
    order: numberOf(field.order),
    category: referenceOf(field.category),
    type: textOf(field.type),
  }
}
