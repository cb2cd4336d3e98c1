import type { Fault } from '../../errors/problem.ts'
import type { ByteRole, RowEnds } from './split-rows.ts'

// In UTF-8 a byte below 0x80 is always a character of its own, so rows are found without decoding.
const code = (character: string) => character.charCodeAt(0)
const quote = code('"')
const backslash = code('\\')
const [opensArray, closesArray] = [code('['), code(']')]
const [opensObject, closesObject] = [code('{'), code('}')]
const comma = code(',')
const isBlank = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)

type ArrayState = {
  phase: 'before' | 'inside' | 'after'
  rows: number
  inRow: boolean
  /** Brackets that are open in the row. */
  depth: number
  inText: boolean
  escaped: boolean
}

/** A JSON array: a row is one of its elements. */
export function arrayEnds(): RowEnds {
  const state: ArrayState = { phase: 'before', rows: 0, inRow: false, depth: 0, inText: false, escaped: false }
  return {
    take: byte =>
      state.phase !== 'inside'
        ? takeOutside(state, byte)
        : state.inText
          ? takeText(state, byte)
          : takeInside(state, byte),
    missing: () => (state.phase === 'before' ? noArray : state.phase === 'inside' ? notClosed : undefined),
  }
}

function takeOutside(state: ArrayState, byte: number): ByteRole | Fault {
  if (isBlank(byte)) return 'between'
  if (state.phase === 'after') return textAfter
  if (byte !== opensArray) return noArray
  state.phase = 'inside'
  return 'between'
}

function takeText(state: ArrayState, byte: number): ByteRole {
  if (state.escaped) state.escaped = false
  else if (byte === backslash) state.escaped = true
  else if (byte === quote) state.inText = false
  return 'part'
}

function takeInside(state: ArrayState, byte: number): ByteRole | Fault {
  if (state.depth === 0 && (byte === comma || byte === closesArray)) return endRow(state, byte)
  if (!state.inRow && isBlank(byte)) return 'between'
  state.inRow = true
  if (byte === quote) state.inText = true
  if (byte === opensObject || byte === opensArray) state.depth++
  // A bracket too many spoils only its own row.
  if (byte === closesObject || byte === closesArray) state.depth = Math.max(0, state.depth - 1)
  return 'part'
}

function endRow(state: ArrayState, byte: number): ByteRole | Fault {
  if (byte === closesArray) state.phase = 'after'
  if (!state.inRow) return byte === closesArray && state.rows === 0 ? 'between' : strayComma
  state.rows++
  state.inRow = false
  return 'end'
}

const noArray: Fault = {
  field: 'file',
  rule: 'holds no JSON array',
  hint: 'Write `[ {…}, {…} ]`, or use --format ndjson for one object per line.',
}
const notClosed: Fault = {
  field: 'file',
  rule: 'ends before its array does, so what follows the last comma was not read',
  hint: 'Close every quote and bracket; the file may be cut short.',
}
const strayComma: Fault = {
  field: 'file',
  rule: 'has a comma with no object beside it; what follows was not read',
  hint: 'Remove the comma.',
}
const textAfter: Fault = {
  field: 'file',
  rule: 'goes on after the end of its array; the rest was not read',
  hint: 'Put all objects into one array, or use --format ndjson for one object per line.',
}
