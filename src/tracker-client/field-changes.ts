/** A value of an issue's field: by id, key or name, or an object with one of them. A `bigint` is a number, a `Date` a moment. */
export type FieldValue = string | number | bigint | boolean | Date | { readonly [name: string]: FieldValue }

/**
 * What becomes of a field in a PATCH (seed 001): a new value, `null` (or `[]`) to empty it, or commands that change single
 * values of a list.
 */
export type FieldChange =
  | FieldValue
  | readonly FieldValue[]
  | null
  | { set: FieldValue | readonly FieldValue[] }
  | { add?: readonly FieldValue[]; remove?: readonly FieldValue[] }
  | { replace: readonly { target: FieldValue; replacement: FieldValue }[] }

/** Fields by their ids; fields that are not named keep their values. */
export type FieldChanges = { readonly [field: string]: FieldChange }
