import { isUtf8 } from 'node:buffer'
import type { Fault } from '../../../errors/problem.ts'

/** A line of a stream with its number, from 1; or why it is none. Blank lines are left out. */
export type Line = { line: number; text: string } | { line: number; faults: readonly Fault[] }

/** The longest line, in bytes: many times what a card may hold. */
const lineMaxBytes = 64 * 1024

const newline = 0x0a

/** Cuts a stream into lines, as its chunks come; `end` returns what stands behind the last line break. */
export function lineSplitter(): { push: (chunk: Buffer) => Line[]; end: () => Line[] } {
  let line = 0
  let held: Buffer[] = []
  let heldBytes = 0

  const hold = (part: Buffer) => {
    heldBytes += part.length
    if (heldBytes <= lineMaxBytes) held.push(part)
    else held = []
  }
  const heldLine = (): Line => {
    const bytes = Buffer.concat(held)
    const isTooLong = heldBytes > lineMaxBytes
    held = []
    heldBytes = 0
    line++
    return isTooLong ? { line, faults: [tooLong] } : decoded(line, bytes)
  }
  /** Whole lines, most often all in UTF-8: decoding them together is much faster. */
  const lines = (bytes: Buffer): Line[] => {
    if (!isUtf8(bytes)) return slices(bytes).map(slice => decoded(++line, slice))
    return bytes
      .toString()
      .split('\n')
      .map(text => (text.length > lineMaxBytes ? { line: ++line, faults: [tooLong] } : { line: ++line, text }))
  }
  return {
    push(chunk) {
      const [first, last] = [chunk.indexOf(newline), chunk.lastIndexOf(newline)]
      if (first < 0) {
        hold(chunk)
        return []
      }
      hold(chunk.subarray(0, first))
      const found = [heldLine(), ...(last > first ? lines(chunk.subarray(first + 1, last)) : [])]
      hold(chunk.subarray(last + 1))
      return found.filter(isNotBlank)
    },
    end: () => (heldBytes > 0 ? [heldLine()].filter(isNotBlank) : []),
  }
}

const isNotBlank = (line: Line) => 'faults' in line || line.text.trim() !== ''

function decoded(line: number, bytes: Buffer): Line {
  if (bytes.length > lineMaxBytes) return { line, faults: [tooLong] }
  if (!isUtf8(bytes)) return { line, faults: [notUtf8] }
  const text = bytes.toString()
  // Some editors write a byte order mark first.
  return { line, text: line === 1 && text.startsWith('\ufeff') ? text.slice(1) : text }
}

function slices(bytes: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let start = 0; start <= bytes.length; ) {
    const end = bytes.indexOf(newline, start)
    found.push(bytes.subarray(start, end < 0 ? bytes.length : end))
    start = end < 0 ? bytes.length + 1 : end + 1
  }
  return found
}

const tooLong: Fault = {
  field: 'line',
  rule: 'is longer than 64 KiB',
  hint: 'Send one object a line; a card has no field that long.',
}
const notUtf8: Fault = { field: 'line', rule: 'must be UTF-8', hint: 'Write the line in UTF-8.' }
