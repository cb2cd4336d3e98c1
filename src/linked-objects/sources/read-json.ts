import { SourceFailure } from '../object-source.ts'

/**
 * The value of a JSON text. A whole number that JavaScript cannot hold becomes the text of its digits: ids may have 64 bits.
 * Throws SourceFailure `answer-invalid`.
 */
export function readJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return /\d{16}/.test(text) ? JSON.parse(text.replace(stringOrNumber, quoteLong)) : value
  } catch {
    // Not as a cause: a SyntaxError quotes the text.
    throw new SourceFailure('answer-invalid', 'the answer is not JSON')
  }
}

// `JSON.parse` can pass the source of each number to a reviver, but takes 1.7 s for a megabyte of them; this takes a tenth.
const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g

const quoteLong = (token: string) =>
  token.length > 15 && !token.startsWith('"') && /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))
    ? `"${token}"`
    : token
