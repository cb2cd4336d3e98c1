import type { Fault } from '../../errors/problem.ts'
import type { RowEnds } from './split-rows.ts'

// Every byte below 0x80 stands for itself in UTF-8, so rows are found without decoding.
const code = (character: string) => character.charCodeAt(0)
const newline = code('\n')
const quote = code('"')
const backslash = code('\\')
const [opensArray, closesArray] = [code('['), code(']')]
const [opensObject, closesObject] = [code('{'), code('}')]
const comma = code(',')
const isBlank = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

/** NDJSON: a row is a line. */
export function lineEnds(): RowEnds {
  return {
    take: byte => (byte === newline ? 'end' : 'part'),
    missing: () => undefined,
  }
}

/**
 * CSV (RFC 4180): a row is a line, but line breaks inside a quoted cell belong to it. The delimiter is the first of
 * comma, semicolon and tab that stands in the header: no column has one in its name.
 */
export function csvEnds(): RowEnds & { delimiter: () => string } {
  let delimiter: number | undefined
  let cellStarts = true
  let quoted = false
  let quoteSeen = false
  const take = (byte: number) => {
    // A quote inside a quoted cell is either the first of a doubled one or the end of the quoting.
    if (quoted && quoteSeen) {
      quoteSeen = false
      if (byte === quote) return 'part'
      quoted = false
    } else if (quoted) {
      quoteSeen = byte === quote
      return 'part'
    }
    if (byte === quote && cellStarts) quoted = true
    if (delimiter === undefined && ',;\t'.includes(String.fromCharCode(byte))) delimiter = byte
    cellStarts = byte === delimiter || byte === newline
    return byte === newline ? 'end' : 'part'
  }
  return {
    take,
    missing: () => (quoted && !quoteSeen ? quoteNotClosed : undefined),
    delimiter: () => (delimiter === undefined ? ',' : String.fromCharCode(delimiter)),
  }
}

const quoteNotClosed: Fault = {
  field: 'row',
  rule: 'has a quote that is not closed, so the rows after it were not read',
  hint: 'Close the cell with `"`, and double every `"` inside it.',
}

/** A JSON array: a row is one of its elements. */
export function arrayEnds(): RowEnds {
  let phase: 'before' | 'inside' | 'after' = 'before'
  let rows = 0
  let inRow = false
  let depth = 0
  let inText = false
  let escaped = false

  const endRow = (byte: number) => {
    if (byte === closesArray) phase = 'after'
    if (!inRow) return byte === closesArray && rows === 0 ? 'between' : strayComma
    rows++
    inRow = false
    return 'end'
  }
  const take = (byte: number) => {
    if (phase === 'inside' && inText) {
      if (escaped) escaped = false
      else if (byte === backslash) escaped = true
      else if (byte === quote) inText = false
      return 'part'
    }
    if (phase !== 'inside') {
      if (isBlank(byte)) return 'between'
      if (phase === 'after') return textAfter
      if (byte !== opensArray) return noArray
      phase = 'inside'
      return 'between'
    }
    if (depth === 0 && (byte === comma || byte === closesArray)) return endRow(byte)
    if (!inRow && isBlank(byte)) return 'between'
    inRow = true
    if (byte === quote) inText = true
    if (byte === opensObject || byte === opensArray) depth++
    // A bracket too many spoils its own row only.
    if (byte === closesObject || byte === closesArray) depth = Math.max(0, depth - 1)
    return 'part'
  }
  return {
    take,
    missing: () => (phase === 'before' ? noArray : phase === 'inside' ? notClosed : undefined),
  }
}

const noArray: Fault = {
  field: 'file',
  rule: 'holds no JSON array',
  hint: 'Write `[ {…}, {…} ]`; for one object a line say --format ndjson.',
}
const notClosed: Fault = {
  field: 'file',
  rule: 'ends before its array does, so what follows the last comma was not read',
  hint: 'Close every quote and bracket; perhaps the file was cut short.',
}
const strayComma: Fault = {
  field: 'file',
  rule: 'has a comma with no object beside it; what follows was not read',
  hint: 'Remove the comma.',
}
const textAfter: Fault = {
  field: 'file',
  rule: 'goes on after the end of its array; that was not read',
  hint: 'Put all objects into one array; for one object a line say --format ndjson.',
}
