import Type, { type Static, type TSchema, type TStringOptions } from 'typebox'

/**
 * Parts of the two schemas. `patternErrorMessage` (also shown by editors) says the rule behind a pattern or a format,
 * `mend` what to do about it (without it: the first of `examples` is shown), `writeOnly` marks a secret. A `format` is checked
 * beside the `pattern`, which is what editors can check of it.
 */

export const closed = { additionalProperties: false }

/** A text that is not blank. */
export const text = (description: string, more: TStringOptions = {}) =>
  Type.String({
    description,
    pattern: '\\S',
    patternErrorMessage: 'This text is needed: it may not be blank.',
    ...more,
  })

/** A text that is shown nowhere. */
export const secret = (description: string, more: TStringOptions = {}) =>
  text(description, {
    writeOnly: true,
    mend: 'Put another one here, or into the variable that it is filled from.',
    ...more,
  })

/** An absolute address of a page, an image or an API. */
export const address = (description: string, more: TStringOptions = {}) =>
  Type.String({
    description,
    pattern: '^https?://[^\\s]+$',
    format: 'uri',
    patternErrorMessage:
      'An address starts with https:// or http://, names a host, and has no white space and no user name in it.',
    ...more,
  })

/**
 * A union whose branches differ by the word under `tag`. TypeBox's own union is an `anyOf`, of which Ajv tells every branch's
 * faults; with `discriminator` it tells those of the branch that was meant.
 */
export const taggedUnion = <Branches extends TSchema[]>(tag: string, branches: [...Branches], more: object) =>
  Type.Unsafe<Static<Branches[number]>>({
    type: 'object',
    discriminator: { propertyName: tag },
    oneOf: branches,
    ...more,
  })
