import type { Fault } from '../../errors/problem.ts'
import type { RowEnds } from './split-rows.ts'

// In UTF-8 a byte below 0x80 is always a character of its own, so rows are found without decoding.
const newline = 0x0a
const quote = 0x22
const comma = 0x2c
const [semicolon, tab] = [0x3b, 0x09]

/** `quoteSeen`: the last byte of a quoted cell is a quote, which begins a doubled one or ends the cell. */
type CsvState = { delimiter: number | undefined; cellStarts: boolean; quoted: boolean; quoteSeen: boolean }

/**
 * CSV (RFC 4180): a row is a line, but line breaks inside a quoted cell belong to it. The delimiter is the first comma,
 * semicolon or tab of the header: no column has one in its name.
 */
export function csvEnds(): RowEnds & { delimiter: () => string } {
  const state: CsvState = { delimiter: undefined, cellStarts: true, quoted: false, quoteSeen: false }
  return {
    take: byte => take(state, byte),
    missing: () => (state.quoted && !state.quoteSeen ? quoteNotClosed : undefined),
    delimiter: () => String.fromCharCode(state.delimiter ?? comma),
  }
}

function take(state: CsvState, byte: number) {
  if (state.quoted && state.quoteSeen) {
    state.quoteSeen = false
    if (byte === quote) return 'part'
    state.quoted = false
  } else if (state.quoted) {
    state.quoteSeen = byte === quote
    return 'part'
  }
  if (byte === quote && state.cellStarts) state.quoted = true
  if (state.delimiter === undefined && (byte === comma || byte === semicolon || byte === tab)) state.delimiter = byte
  state.cellStarts = byte === state.delimiter || byte === newline
  return byte === newline ? 'end' : 'part'
}

const quoteNotClosed: Fault = {
  field: 'row',
  rule: 'has a quote that is not closed, so the rows after it were not read',
  hint: 'Close the cell with `"`, and double every `"` inside it.',
}
