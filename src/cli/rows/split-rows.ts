import type { Fault } from '../../errors/problem.ts'

/** A row of a file with the number of its first line, or what is wrong with it. */
export type RawRow = { line: number; bytes: Buffer } | { line: number; faults: readonly Fault[] }

/** What a byte is for the row being read: nothing (it stands between rows), a part of it, or its end. */
export type ByteRole = 'between' | 'part' | 'end'

/** How the rows of a format end. Lives as long as one file. */
export type RowEnds = {
  /** A fault means that no rows follow: reading stops. */
  take: (byte: number) => ByteRole | Fault
  /** What is missing at the end of the file. */
  missing: () => Fault | undefined
}

/** Where in a file we are: the line, and the row being read with its first line. */
type Place = { line: number; firstLine: number; inRow: boolean; held: Buffer[]; heldBytes: number }

/** The longest row, in bytes: many times what a card may hold. */
export const rowMaxBytes = 1024 * 1024

const newline = 0x0a

/**
 * Cuts a file into rows that may have line breaks in them, and gives those that end in each chunk. A row that is too long
 * becomes a fault, and reading goes on after it.
 */
export async function* splitRows(chunks: AsyncIterable<Buffer>, ends: RowEnds): AsyncGenerator<RawRow[]> {
  const place: Place = { line: 1, firstLine: 1, inRow: false, held: [], heldBytes: 0 }
  for await (const chunk of withoutMark(chunks)) {
    const { rows, fault } = splitChunk(place, ends, chunk)
    yield rows
    if (fault) {
      yield [{ line: place.line, faults: [fault] }]
      return
    }
  }
  const missing = ends.missing()
  if (missing) yield [{ line: place.inRow ? place.firstLine : place.line, faults: [missing] }]
  else if (place.inRow) yield [endRow(place)]
}

function splitChunk(place: Place, ends: RowEnds, chunk: Buffer): { rows: RawRow[]; fault?: Fault } {
  const rows: RawRow[] = []
  let start = 0
  for (let index = 0; index < chunk.length; index++) {
    const byte = chunk[index] as number
    const role = ends.take(byte)
    if (typeof role !== 'string') return { rows, fault: role }
    if (!place.inRow && role !== 'between') {
      place.inRow = true
      place.firstLine = place.line
      start = index
    }
    if (byte === newline) place.line++
    if (role === 'end') {
      hold(place, chunk.subarray(start, index))
      rows.push(endRow(place))
    }
  }
  if (place.inRow) hold(place, chunk.subarray(start))
  return { rows }
}

/** Keeps a part of a row; if the row is too long already, only its length. */
function hold(place: Place, part: Buffer): void {
  place.heldBytes += part.length
  if (place.heldBytes <= rowMaxBytes) place.held.push(part)
  else place.held = []
}

function endRow(place: Place): RawRow {
  const { firstLine: line, held, heldBytes } = place
  place.held = []
  place.heldBytes = 0
  place.inRow = false
  return heldBytes > rowMaxBytes ? { line, faults: [rowTooLong] } : { line, bytes: Buffer.concat(held) }
}

export const rowTooLong: Fault = {
  field: 'row',
  rule: 'is longer than 1 MiB',
  hint: 'Look for a quote or a bracket that is not closed; no field of a card is that long.',
}

/** The bytes without the byte order mark that some editors put first. */
async function* withoutMark(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of chunks) {
    if (!first) yield chunk
    else {
      first = Buffer.concat([first, chunk])
      if (first.length < 3) continue
      yield first.toString('hex', 0, 3) === 'efbbbf' ? first.subarray(3) : first
      first = undefined
    }
  }
  if (first) yield first
}
