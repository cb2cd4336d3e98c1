/**
 * Parts of the two schemas, which are JSON Schema (draft-07) as it is: TypeBox reads types from it and is not there at run
 * time. `patternErrorMessage` (also shown by editors) says the rule behind a pattern or a format, `hint` what to do about
 * it (without it: the first of `examples` is shown), `writeOnly` marks a secret. A `format` is checked beside the `pattern`,
 * which is what editors can check of it.
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
    patternErrorMessage: 'This text is needed: it may not be blank.',
    ...more,
  }) as const

/** A text that is shown nowhere. */
export const secret = (description: string, more: Notes = {}) =>
  text(description, {
    writeOnly: true,
    hint: 'Put another one here, or into the variable that it is filled from.',
    ...more,
  })

/** An absolute address of a page, an image or an API. */
export const address = (description: string, more: Notes = {}) =>
  text(description, {
    pattern: '^https?://[^\\s]+$',
    format: 'uri',
    patternErrorMessage:
      'An address starts with https:// or http://, names a host, and has no white space and no user name in it.',
    ...more,
  })

/** One of several blocks, told apart by the word under `tag`: with `discriminator` Ajv tells the faults of the block meant. */
export const taggedUnion = <const Branches extends readonly object[]>(tag: string, branches: Branches) =>
  ({ type: 'object', discriminator: { propertyName: tag }, oneOf: branches }) as const
