/**
 * Parts of the two schemas, which are plain JSON Schema (draft-07): TypeBox only derives types from them, and is not used at
 * run time. `patternErrorMessage` (also shown by editors) states the rule behind a pattern or a format, `hint` says what to
 * do (default: the first of `examples` is shown), `writeOnly` marks a secret. A `format` is checked in addition to the
 * `pattern`, since editors can check only the latter.
 */

type Notes = {
  pattern?: string
  format?: string
  patternErrorMessage?: string
  hint?: string
  default?: string
  examples?: readonly string[]
  writeOnly?: boolean
}

export const closed = { type: 'object', additionalProperties: false } as const

/** A text that is not blank. */
export const text = (description: string, more: Notes = {}) =>
  ({
    type: 'string',
    description,
    pattern: '\\S',
    patternErrorMessage: 'This text must not be blank.',
    ...more,
  }) as const

/** A text that is never shown. */
export const secret = (description: string, more: Notes = {}) =>
  text(description, {
    writeOnly: true,
    hint: 'Correct it here, or in the variable that it comes from.',
    ...more,
  })

/** An absolute address of a page, an image or an API. */
export const address = (description: string, more: Notes = {}) =>
  text(description, {
    pattern: '^https?://[^\\s]+$',
    format: 'uri',
    patternErrorMessage:
      'An address starts with https:// or http://, names a host, and has no white space and no user name.',
    ...more,
  })

/** One of several blocks, chosen by the value of `tag`. With `discriminator`, Ajv reports only the faults of that block. */
export const taggedUnion = <const Branches extends readonly object[]>(tag: string, branches: Branches) =>
  ({ type: 'object', discriminator: { propertyName: tag }, oneOf: branches }) as const
