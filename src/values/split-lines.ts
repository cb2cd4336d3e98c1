import { isUtf8 } from 'node:buffer'
import type { Fault } from '../errors/problem.ts'

/** A line of a stream with its number, from 1; or what is wrong with it. */
export type Line = { line: number; text: string } | { line: number; faults: readonly Fault[] }

/** How long a line may be, in bytes without its line break, and the faults of a line. */
export type LineRules = { maxBytes: number; tooLong: Fault; notUtf8: Fault }

/** Where in a stream we are: the number of the last whole line, and what has arrived of the next one. */
export type LineSplitter = { rules: LineRules; line: number; held: Buffer[]; heldBytes: number }

const newline = 0x0a

export const lineSplitter = (rules: LineRules): LineSplitter => ({ rules, line: 0, held: [], heldBytes: 0 })

/** The lines that end in a chunk of the stream, without blank ones. */
export function pushChunk(splitter: LineSplitter, chunk: Buffer): Line[] {
  const [first, last] = [chunk.indexOf(newline), chunk.lastIndexOf(newline)]
  if (first < 0) {
    hold(splitter, chunk)
    return []
  }
  hold(splitter, chunk.subarray(0, first))
  const lines = [heldLine(splitter)]
  if (last > first) lines.push(...wholeLines(splitter, chunk.subarray(first + 1, last)))
  hold(splitter, chunk.subarray(last + 1))
  return lines.filter(isNotBlank)
}

/** What follows the last line break, once the stream has ended. */
export const lastLine = (splitter: LineSplitter): Line[] =>
  splitter.heldBytes > 0 ? [heldLine(splitter)].filter(isNotBlank) : []

/** Keeps a part of a line; if the line is too long already, only its length. */
function hold(splitter: LineSplitter, part: Buffer): void {
  splitter.heldBytes += part.length
  if (splitter.heldBytes <= splitter.rules.maxBytes) splitter.held.push(part)
  else splitter.held = []
}

function heldLine(splitter: LineSplitter): Line {
  const { held, heldBytes, rules } = splitter
  splitter.held = []
  splitter.heldBytes = 0
  const line = ++splitter.line
  return heldBytes > rules.maxBytes ? { line, faults: [rules.tooLong] } : readLine(line, Buffer.concat(held), rules)
}

/** Lines that stand whole in one chunk. Most often all are UTF-8, and decoding them together is much faster. */
function wholeLines(splitter: LineSplitter, bytes: Buffer): Line[] {
  const { rules } = splitter
  if (!isUtf8(bytes)) return slices(bytes).map(slice => readLine(++splitter.line, slice, rules))
  return bytes
    .toString()
    .split('\n')
    .map(text => {
      const line = ++splitter.line
      return isTooLong(text, rules.maxBytes) ? { line, faults: [rules.tooLong] } : { line, text }
    })
}

/** A UTF-16 unit is at most three bytes, so bytes are counted only in a text that may be too long. */
const isTooLong = (text: string, maxBytes: number) => text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes

function readLine(line: number, bytes: Buffer, { maxBytes, tooLong, notUtf8 }: LineRules): Line {
  if (bytes.length > maxBytes) return { line, faults: [tooLong] }
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

const isNotBlank = (line: Line) => 'faults' in line || line.text.trim() !== ''
