// The reader of JSON for whatever judges a server. The server's readers are others, so that their mistakes show here, and
// they refuse what has to be looked at here.
import '../values/json-digits.ts'

declare global {
  interface JSON {
    isRawJSON(value: unknown): boolean
  }
}

/** A number with the digits that it was written with. `JSON.stringify` writes them again. */
export type ExactNumber = { readonly rawJSON: string }

export const exactNumber = (digits: string): unknown => JSON.rawJSON(digits)

export const isExactNumber = (value: unknown): value is ExactNumber => JSON.isRawJSON(value)

/** The value of a JSON text in which `numberOf` makes the numbers from their digits. Throws SyntaxError. */
export function parseExactly(text: string, numberOf: (digits: string) => unknown): unknown {
  return JSON.parse(text, (_name, value: unknown, { source }) =>
    typeof value === 'number' && source !== undefined ? numberOf(source) : value,
  )
}
