// JSON numbers with all their digits. Uids and keys are 64-bit and longer; a JavaScript number keeps 53 bits.

type Reviver = (this: unknown, name: string, value: unknown, context: { source?: string }) => unknown

declare global {
  interface JSON {
    // Node 22 and later have both (the proposal "JSON.parse source text access"); TypeScript's library does not name them.
    rawJSON(text: string): unknown
    parse(text: string, reviver: Reviver): unknown
  }
}

/** Which numbers keep their digits, and in which form. */
export type Digits =
  /** All numbers, as strings. */
  | 'all'
  /** Whole numbers that a JavaScript number cannot hold, as strings. */
  | 'beyondSafe'
  /** Whole numbers in arrays, as strings. */
  | 'inArrays'
  /**
   * If a member of an object is a number that is not whole, or may be too large for a JavaScript number: all whole numbers as
   * `bigint`, all others as `NaN`. If there is none, numbers stay as they are.
   */
  | 'asBigint'

/** The value of a JSON text. Throws SyntaxError, which quotes the text. */
export function readJson(text: string, digits: Digits): unknown {
  // Without such a number, which is the usual case, reading takes a fifth of the time.
  return mayHold[digits].test(text) ? readers[digits](text) : JSON.parse(text)
}

const mayHold: Record<Digits, RegExp> = {
  all: /\d/,
  beyondSafe: /\d{16}/,
  inArrays: /[[,]\s*-?\d/,
  asBigint: /"\s*:\s*(?:-0|-?(?:\d+[.eE]|\d{17}|9\d{15}))/,
}

const readers: Record<Digits, (text: string) => unknown> = {
  all: text => JSON.parse(text, textOfNumber),
  beyondSafe: readQuoted,
  inArrays: text => JSON.parse(text, textInArray),
  asBigint: text => JSON.parse(text, bigintOrNaN),
}

const textOfNumber: Reviver = (_name, value, { source }) => (typeof value === 'number' ? source : value)

/**
 * Reads a text with its long numbers in quotes: for a megabyte of them a reviver takes ten times as long. The text is read as it
 * is first, because quotes would make an invalid number such as 007 valid.
 */
function readQuoted(text: string): unknown {
  JSON.parse(text)
  return JSON.parse(text.replace(stringOrNumber, quoteLong))
}

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g

const quoteLong = (token: string) =>
  token.length > 15 && !token.startsWith('"') && /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))
    ? `"${token}"`
    : token

const wholeNumber = /^(?:0|-?[1-9]\d*)$/

const textInArray: Reviver = function (_name, value, { source = '' }) {
  return typeof value === 'number' && Array.isArray(this) && wholeNumber.test(source) ? source : value
}

const bigintOrNaN: Reviver = (_name, value, { source = '' }) =>
  typeof value !== 'number' ? value : wholeNumber.test(source) ? BigInt(source) : Number.NaN

/** A value that `JSON.stringify` writes as a number with every digit. */
export const exactNumber = (value: bigint): unknown => JSON.rawJSON(value.toString())

/** For `JSON.stringify`: writes each `bigint` as a number with every digit. */
export const withDigits = (_name: string, value: unknown): unknown =>
  typeof value === 'bigint' ? exactNumber(value) : value
