import type { Fault } from '../../errors/problem.ts'

/** A row of a file as it stands there, with the number of its first line; or why there is none. */
export type RawRow = { line: number; bytes: Buffer } | { line: number; faults: readonly Fault[] }

/** What a byte is for the row being read: nothing (it stands between rows), a part of it, or its end. */
export type ByteRole = 'between' | 'part' | 'end'

/** How the rows of a format end. Lives as long as one file. */
export type RowEnds = {
  /** A fault means that what follows is no row any more: reading stops. */
  take: (byte: number) => ByteRole | Fault
  /** What is missing where the file ends. */
  missing: () => Fault | undefined
}

/** The longest row, in bytes: many times what a card may hold. */
const rowMaxBytes = 1024 * 1024

const newline = 0x0a

/**
 * Cuts a file into its rows, as many at a time as end in one piece of the file. A row that is too long is told and
 * passed over.
 */
export async function* splitRows(chunks: AsyncIterable<Buffer>, ends: RowEnds): AsyncGenerator<RawRow[]> {
  let line = 1
  let firstLine = 1
  let held: Buffer[] = []
  let heldBytes = 0
  let inRow = false

  const row = (): RawRow => {
    const bytes = heldBytes > rowMaxBytes ? undefined : Buffer.concat(held)
    held = []
    heldBytes = 0
    inRow = false
    return bytes ? { line: firstLine, bytes } : { line: firstLine, faults: [tooLong] }
  }
  const hold = (part: Buffer) => {
    heldBytes += part.length
    if (heldBytes <= rowMaxBytes) held.push(part)
    else held = []
  }

  for await (const chunk of withoutMark(chunks)) {
    const rows: RawRow[] = []
    let start = 0
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] as number
      const role = ends.take(byte)
      if (typeof role !== 'string') {
        yield [...rows, { line, faults: [role] }]
        return
      }
      if (!inRow && role !== 'between') {
        inRow = true
        firstLine = line
        start = index
      }
      if (byte === newline) line++
      if (role === 'end') {
        hold(chunk.subarray(start, index))
        rows.push(row())
      }
    }
    if (inRow) hold(chunk.subarray(start))
    yield rows
  }
  const missing = ends.missing()
  if (missing) yield [{ line: inRow ? firstLine : line, faults: [missing] }]
  else if (inRow) yield [row()]
}

const tooLong: Fault = {
  field: 'row',
  rule: 'is longer than 1 MiB',
  hint: 'Look for a quote or a bracket that is not closed; a card has no field that long.',
}

/** The bytes without the byte order mark that some editors write first. */
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
